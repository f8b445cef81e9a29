/// Columns under their titles, aligned. On a terminal that is too narrow the last columns fold under their rows: nothing
/// that an operator may need is cut.
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

    private static var gap: String { "  " }

    private let columns: [Column]

    init(_ columns: [Column]) { self.columns = columns }

    /// The lines, with the titles first.
    func lines(_ rows: [Row], on terminal: Terminal) -> [String] {
        let cells = rows.map { row in columns.map { $0.cell(row) } }
        let widths = columns.indices.map { index in
            cells.reduce(columns[index].title.count) { max($0, $1[index].text.count) }
        }
        let fitting = Self.fitting(widths, terminal.width)
        let titles = line(columns.map { Cell($0.title, .faint) }, Array(widths.prefix(fitting)), on: terminal)
        return [titles]
            + cells.flatMap { cells in
                [line(cells, Array(widths.prefix(fitting)), on: terminal)] + folded(cells, from: fitting, on: terminal)
            }
    }

    /// How many columns stand side by side.
    private static func fitting(_ widths: [Int], _ limit: Int?) -> Int {
        guard let limit else { return widths.count }
        var taken = -gap.count
        return max(
            1,
            widths.prefix {
                taken += gap.count + $0; return taken <= limit
            }.count)
    }

    private func line(_ cells: [Cell], _ widths: [Int], on terminal: Terminal) -> String {
        var line = ""
        for (index, width) in widths.enumerated() {
            let (cell, column) = (cells[index], columns[index])
            let styled = cell.style.applied(to: cell.text, on: terminal)
            // A line's end needs no room.
            let isLast = !cells[index...].prefix(widths.count - index).dropFirst().contains { !$0.text.isEmpty }
            let room = String(repeating: " ", count: max(0, width - cell.text.count))
            line += (index > 0 ? Self.gap : "") + (column.side == .right ? room + styled : styled + (isLast ? "" : room))
            if isLast { break }
        }
        return line
    }

    /// The columns beyond the line, each with its title; those that say nothing are left out.
    private func folded(_ cells: [Cell], from first: Int, on terminal: Terminal) -> [String] {
        let told = columns.indices.dropFirst(first).filter { !cells[$0].saysNothing }
        if told.isEmpty { return [] }
        let parts = told.map { index in
            Style.faint.applied(to: columns[index].title.lowercased() + ":", on: terminal) + " "
                + cells[index].style.applied(to: cells[index].text, on: terminal)
        }
        return ["    " + parts.joined(separator: Self.gap)]
    }
}
