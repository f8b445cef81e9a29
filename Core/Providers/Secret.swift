/// A credential that shows itself only to the request it signs.
///
/// Printing, dumping and interpolating it give a placeholder (I8).
public struct Secret: Sendable, Equatable {
    /// The credential; for the header of a request and nothing else.
    let revealed: String

    /// Wraps a credential.
    public init(_ value: String) {
        revealed = value
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// A placeholder.
    public var description: String { "[secret]" }
    /// A placeholder.
    public var debugDescription: String { description }
    /// Empty, since `dump` would look inside otherwise.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
