/// What goes into a template: values, sections and inclusions. A plain value, to be made anew for each rendering.
public struct TemplateValues: Sendable {
    enum Entry: Sendable {
        case value(String)
        case shown
        case section(TemplateValues)
        case inclusion(template: String, TemplateValues)
    }

    private(set) var entries: [(name: String, entry: Entry)] = []

    /// No values: every variable is empty and every section hidden.
    public init() {}

    /// Sets `{{name}}`. At the top it holds in included templates too.
    public mutating func set(_ name: String, _ value: String) {
        entries.append((name, .value(value)))
    }

    /// Shows `{{#name}}` once. At the top it holds in included templates too.
    public mutating func show(_ name: String) {
        entries.append((name, .shown))
    }

    /// Shows `{{#name}}` once more, with values of its own: call it per row.
    public mutating func add(_ name: String, _ values: TemplateValues) {
        entries.append((name, .section(values)))
    }

    /// Puts the template called `template` in the place of `{{>name}}`, with values of its own beside those of the top.
    public mutating func include(_ name: String, template: String, _ values: TemplateValues = TemplateValues()) {
        entries.append((name, .inclusion(template: template, values)))
    }
}
