/// Columns under their titles, aligned; cut to the terminal's width, where there is one.
struct Table<Row> {
    /// One column.
    struct Column {
        /// Which side the texts stand on.
        enum Side { case left, right }

        let title: String
        let side: Side
        let cell: (Row) -> Cell

        init(_ title: String, _ side: Side = .left, _ cell: @escaping (Row) -> Cell) {
            self.title = title
            self.side = side
            self.cell = cell
        }
    }

    private let columns: [Column]

    /// The last column is the one that is cut when a line is too long.
    init(_ columns: [Column]) { self.columns = columns }

    /// The lines, with the titles first.
    func lines(_ rows: [Row], on terminal: Terminal) -> [String] {
        let cells = rows.map { row in columns.map { $0.cell(row) } }
        let widths = columns.indices.map { index in
            cells.reduce(columns[index].title.count) { max($0, $1[index].text.count) }
        }
        let titles = columns.map { Cell($0.title, .faint) }
        return ([titles] + cells).map { line($0, widths, on: terminal) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], on terminal: Terminal) -> String {
        var (line, taken) = ("", 0)
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            if index > 0 { (line, taken) = (line + "  ", taken + 2) }
            let text = terminal.width.map { Self.cut(cell.text, to: max(0, $0 - taken)) } ?? cell.text
            let room = String(repeating: " ", count: max(0, widths[index] - text.count))
            let styled = cell.style.applied(to: text, on: terminal)
            switch columns[index].side {
            case .left: line += styled + (isLast ? "" : room)
            case .right: line += room + styled
            }
            taken += max(widths[index], text.count)
            if let width = terminal.width, taken >= width { break }
        }
        return line
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : width == 0 ? "" : text.prefix(width - 1) + "…"
    }
}
