/// One place of a table.
struct Cell: Sendable {
    let text: String
    let style: Style

    init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }

    /// A number: zero steps back, so that the others stand out.
    init(count: Int64, _ style: Style = .plain) { self.init(String(count), count == 0 ? .faint : style) }

    /// A text that may be missing.
    init(optional text: String?, _ style: Style = .plain) { self.init(text ?? "–", text == nil ? .faint : style) }

    /// Whether there is nothing in it to read.
    var saysNothing: Bool { text.isEmpty || text == "–" }
}
