/// A credential. It prints as `•••` wherever it is interpolated, dumped or logged; only `reveal` gives the value.
public struct Secret: Sendable, Equatable {
    private let value: String

    /// Wraps a credential.
    public init(_ value: String) { self.value = value }

    /// The value, for the one place that puts it on the wire.
    public func reveal() -> String { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "•••" }
    public var debugDescription: String { "•••" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
