/// Why a set of templates cannot be made, or one cannot be rendered.
public enum TemplateError: Error, Equatable, Sendable {
    /// The template of this name is not well formed (an unclosed section, a variable where no escaping is safe); ctemplate
    /// writes the line to standard error.
    case malformed(name: String)
    /// There is no template of this name, or of a name it includes.
    case missing(name: String)
    /// ctemplate failed, out of memory for one.
    case libraryFailed
}

extension TemplateError: CustomStringConvertible {
    /// A bounded name for metrics.
    public var label: String {
        switch self {
        case .malformed: "template_malformed"
        case .missing: "template_missing"
        case .libraryFailed: "template_library_failed"
        }
    }

    /// Only a failure of the library may pass; the others come from the templates.
    public var isTransient: Bool { self == .libraryFailed }

    /// Safe to log: names of templates, never what was to be rendered.
    public var description: String {
        switch self {
        case .malformed(let name): "template \(name) is malformed"
        case .missing(let name): "template \(name), or one that it includes, is missing"
        case .libraryFailed: "ctemplate failed"
        }
    }
}
