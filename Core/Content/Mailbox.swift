/// Whom a mail is from, or to.
public struct Mailbox: Sendable, Equatable {
    /// Shown beside the address; may be empty.
    public var name: String
    /// An e-mail address, without angle brackets.
    public var address: String

    /// - Parameter address: checked when it is written into a header.
    public init(name: String, address: String) {
        self.name = name
        self.address = address
    }
}
