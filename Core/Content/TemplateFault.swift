/// What is wrong with a template, and where.
public struct TemplateFault: Sendable, Equatable, CustomStringConvertible {
    /// From 1.
    public var line: Int
    /// A sentence without a full stop.
    public var message: String

    /// `line 3: …`
    public var description: String { "line \(line): \(message)" }
}
