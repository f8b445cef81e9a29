/// A template to parse.
///
/// The language is ctemplate's: `{{NAME}}` for a value, `{{#NAME}}…{{/NAME}}` for a section, `{{>NAME}}` for an inclusion.
public struct TemplateSource: Sendable {
    /// What becomes of values.
    public enum Mode: Sendable {
        /// Escaped for the place where they stand: text, attribute, URL, style. Every attribute must be quoted.
        case html
        /// Left as they are.
        case text
    }

    /// How rendering and inclusions refer to it.
    public var name: String
    /// What becomes of its values.
    public var mode: Mode
    /// The UTF-8 bytes, as `.embedInCode` gives them.
    public var bytes: [UInt8]

    /// - Parameter bytes: UTF-8.
    public init(name: String, mode: Mode, bytes: [UInt8]) {
        self.name = name
        self.mode = mode
        self.bytes = bytes
    }
}
