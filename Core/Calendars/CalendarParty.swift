/// Who calls a meeting, or is called to it.
public struct CalendarParty: Sendable, Equatable {
    /// Shown by the calendar; may be empty.
    public var name: String
    /// An e-mail address.
    public var address: String

    /// - Parameter address: an e-mail address; checked when the invitation is written.
    public init(name: String, address: String) {
        self.name = name
        self.address = address
    }
}

extension CalendarParty {
    /// The address as a URI (RFC 6068). What may stand for something else in a URI or in a content line is percent-encoded.
    var uri: String {
        get throws(CalendarError) {
            let parts = address.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count >= 2, parts.allSatisfy({ !$0.isEmpty }) else { throw .invalidAddress }
            return "mailto:"
                + address.utf8.percentEncoded { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
                    default: "@.-_~!$&'*+=".utf8.contains(byte)
                    }
                }
        }
    }

    /// The name as a parameter's value, where a double quote cannot stand; libical's escape for it (RFC 6868) is shown as it is
    /// by many calendars. Nil when there is nothing to show.
    var commonName: String? {
        let name = CalendarText.line(name, limit: 200).replacing("\"", with: "'")
        return name.isEmpty ? nil : name
    }
}
