/// A file that goes with a mail.
public struct Attachment: Sendable, Equatable {
    /// A plain name, without a folder.
    public var filename: String
    /// A MIME type with its parameters.
    public var contentType: String
    /// What is in it.
    public var bytes: [UInt8]

    /// - Parameters: as the properties of the same names say.
    public init(filename: String, contentType: String, bytes: [UInt8]) {
        self.filename = filename
        self.contentType = contentType
        self.bytes = bytes
    }
}
