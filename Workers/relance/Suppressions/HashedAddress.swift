import Messaging
import Postgres
import Primitives
import Runtime

/// An address as the database knows it: hashed under ADDRESS_HASH_KEY, masked for operators (D-16). The address itself is read,
/// and never written anywhere.
struct HashedAddress: Sendable {
    /// Hex.
    let hash: String
    let masked: String

    /// The flag that takes one.
    static let flag = Flag("--address", "A", "the address or number; - reads it from standard input, out of the shell's history")

    /// The key's address book, where the key is set.
    static func optionalBook() throws -> AddressBook? {
        var environment = Environment.ofProcess()
        let key = environment.secret("ADDRESS_HASH_KEY")
        try environment.finish()
        return key.map { AddressBook(hashKey: $0, allowed: []) }
    }

    /// Reads the flag's value, or a line of standard input.
    static func typed(_ arguments: Arguments) throws -> String {
        guard let text = try arguments.text(flag) else { throw UsageError("--address is missing: an address, or - to type it") }
        if text != "-" { return text }
        if Terminal.isAskable { Terminal.prompt("Address: ") }
        guard let line = readLine(), !line.isEmpty else { throw UsageError("--address -: nothing came from standard input") }
        return line
    }

    /// Normalises an address as the workers do, and hashes it.
    ///
    /// - Parameter region: in which numbers without a country code are meant.
    /// - Throws: `UsageError` for what is no address of the channel, without it; `ConfigurationError` without the workers' key.
    static func make(
        _ typed: String, channel: String, region: String, over connection: PostgresConnection
    ) async throws -> HashedAddress {
        let text = typed.trimmingSpaces
        let address: String
        if channel == "email" {
            guard AddressBook.isMailAddress(text) else { throw UsageError("--address: what was given is no mail address") }
            address = text
        } else {
            guard let number = AddressBook.phoneNumber(text, region: region) else {
                throw UsageError("--address: what was given is no telephone number (with its country code it would be clear)")
            }
            address = number
        }
        guard let book = try Self.optionalBook() else {
            throw ConfigurationError(faults: [
                "ADDRESS_HASH_KEY is not set: addresses are known by their hash only. Set it to what the workers have."
            ])
        }
        try await HashKeyCheck.run(book, over: connection)
        return HashedAddress(hash: book.hash(address), masked: AddressBook.masked(address))
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        var view = self[...]
        while view.first?.isWhitespace == true { view.removeFirst() }
        while view.last?.isWhitespace == true { view.removeLast() }
        return String(view)
    }
}
