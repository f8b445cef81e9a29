/// One SQL statement, as it stands in a `.sql` file of the room that runs it.
///
/// A statement never has values in its text: they are bound as `$1`, `$2`, … when it runs. The name appears in errors
/// and logs in place of the text.
public struct SQLStatement: Sendable {
    /// Name for errors and logs, taken from the file's first line (`-- name: claim_jobs`).
    public let name: String

    /// The text sent to the server.
    public let text: String

    /// Wraps a file embedded by SwiftPM.
    ///
    /// - Parameter embedded: the bytes of the file; its first line must read `-- name: <name>`.
    public init(embedded bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let first = text.prefix { $0 != "\n" }
        precondition(first.hasPrefix("-- name: "), "An embedded statement starts with `-- name:`; this one with \(first).")
        self.name = String(first.dropFirst("-- name: ".count))
        self.text = text
    }

    /// A statement written in place, for one-line commands such as `set local …`. Never built from input.
    public init(unsafe text: String, name: String) {
        self.name = name
        self.text = text
    }
}
