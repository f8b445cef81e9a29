private import Crypto
private import PhoneNumbers
public import Primitives

/// What may be done with an address: who may be written to at all, and under which hash an address is known.
public struct AddressBook: Sendable {
    private let hashKey: Secret
    private let allowed: [String]

    /// - Parameters:
    ///   - hashKey: ADDRESS_HASH_KEY.
    ///   - allowed: RECIPIENT_ALLOWLIST: addresses, numbers, or domains written `@example.com`; empty allows everybody (D-92).
    public init(hashKey: Secret, allowed: [String]) {
        self.hashKey = hashKey
        self.allowed = allowed.map { $0.lowercased() }
    }

    /// HMAC-SHA256 of the normalised address, in hex: tells whether two messages went to the same place, not where (D-16).
    public func hash(_ address: String) -> String { Hex.encode(HMAC.sha256(address.lowercased(), key: hashKey.reveal())) }

    /// What operators see of an address, as `relance.masked` writes it.
    public static func masked(_ address: String) -> String {
        guard let at = address.firstIndex(of: "@") else { return "\(address.prefix(3))•••\(address.suffix(4))" }
        return "\(address.prefix(1))•••\(address[at...])"
    }

    /// Whether the allow-list lets a message go to the address.
    public func allows(_ address: String) -> Bool {
        let address = address.lowercased()
        return allowed.isEmpty || allowed.contains { $0.hasPrefix("@") ? address.hasSuffix($0) : address == $0 }
    }

    /// Whether a text has the shape of a mail address that a provider could accept: one `@`, both sides there, no spaces,
    /// ASCII only (a header takes no other without SMTPUTF8), at most 254 octets (RFC 5321 §4.5.3.1.3).
    public static func isMailAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && !parts[1].hasPrefix(".")
            && !parts[1].hasSuffix(".")
            && text.utf8.count <= 254 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>(),;:\"\\[]".utf8.contains($0) }
    }

    /// A number as E.164, whatever form the business row has it in. Nil when it is none.
    public static func phoneNumber(_ raw: String, region: String) -> String? { try? PhoneNumber.normalize(raw, region: region) }
}
