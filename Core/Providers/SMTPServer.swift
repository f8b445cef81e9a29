internal import HTTPClient
public import Primitives

/// A relay and how it is spoken to, as SMTP_URL says: `smtp://user:password@mail.example.com:587?tls=required`.
public struct SMTPServer: Sendable, Equatable {
    /// What is wrong with the text; it does not quote it, since there may be a password in it.
    public enum Defect: String, Error, Sendable, CustomStringConvertible {
        /// No `smtp://` or `smtps://` URL with a host.
        case url = "must be like smtp://user:password@mail.example.com:587?tls=required"
        /// Another word after `tls=`, or another parameter.
        case parameter = "may only end in ?tls=required, opportunistic or never"
        /// A user without a password, or the other way round.
        case credentials = "must give a user and a password, or neither"
        /// A password that could be read on the way.
        case unsafePassword = "would send its password in the clear: it needs smtps, tls=required, or a relay on this machine"

        public var description: String { rawValue }
    }

    /// The URL without credentials and parameters.
    let url: String
    let encryption: MailTransfer.Encryption
    let user: String?
    let password: Secret?

    /// Reads the text. Without `tls=`, TLS is required. Credentials are percent-encoded; the port is 587, or 465 with `smtps`; a path
    /// is the name that EHLO gives, which is the machine's without one.
    public init(parsing text: Secret) throws(Defect) {
        let text = text.reveal()
        guard let scheme = ["smtp://", "smtps://"].first(where: { text.hasPrefix($0) }) else { throw .url }
        let parts = text.dropFirst(scheme.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var place = parts[0]
        var login: Substring?
        if let at = place.lastIndex(of: "@") {
            login = place[..<at]
            place = place[place.index(after: at)...]
        }
        let name = place.drop { $0 != "/" }
        place = place.prefix { $0 != "/" }
        guard Self.isPlace(place), Self.isName(name.dropFirst()) else { throw .url }
        let isLocal = ["localhost", "127.0.0.1", "[::1]"].contains { place == $0 || place.hasPrefix($0 + ":") }
        encryption = try Self.encryption(parts.count > 1 ? parts[1] : "tls=required")
        (user, password) = try Self.credentials(login)
        let isPrivate = scheme == "smtps://" || encryption == .required || (encryption == .never && isLocal)
        if password != nil, !isPrivate { throw .unsafePassword }
        let port = Self.hasPort(place) ? "" : scheme == "smtps://" ? ":465" : ":587"
        url = scheme + place + port + name
    }

    private static func encryption(_ query: Substring) throws(Defect) -> MailTransfer.Encryption {
        guard query.hasPrefix("tls="), let encryption = MailTransfer.Encryption(rawValue: String(query.dropFirst(4))) else {
            throw .parameter
        }
        return encryption
    }

    private static func credentials(_ login: Substring?) throws(Defect) -> (String?, Secret?) {
        guard let login, !login.isEmpty else { return (nil, nil) }
        let parts = login.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .credentials }
        // A plus sign stands for itself here, unlike in a form.
        let words = parts.map { FormDecoder.decode($0[...], plusIsSpace: false) }
        guard words.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else { throw .credentials }
        return (words[0], Secret(words[1]))
    }

    private static func isName(_ name: Substring) -> Bool {
        name.utf8.count <= 253
            && name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || ".-".utf8.contains($0) }
    }

    /// A host and perhaps a port, without a path.
    private static func isPlace(_ place: Substring) -> Bool {
        guard let first = place.first, first.isLetter || first.isNumber || first == "[" else { return false }
        let port = hasPort(place) ? place.split(separator: ":").last.flatMap { UInt16($0) } : 1
        let isPlain = place.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || ".-_:[]".utf8.contains($0)
        }
        return isPlain && (port ?? 0) > 0
    }

    private static func hasPort(_ place: Substring) -> Bool {
        place.lastIndex(of: ":").map { colon in place.lastIndex(of: "]").map { $0 < colon } ?? true } ?? false
    }
}
