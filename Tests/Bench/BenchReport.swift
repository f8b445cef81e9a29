private import Foundation

/// The findings of a run of `bench`, for people and for programs.
struct BenchReport {
    private let machine: String
    private var findings: [(finding: Finding, size: BenchSize)] = []

    init(machine: String) { self.machine = machine }

    mutating func add(_ more: [Finding], size: BenchSize) { findings += more.map { ($0, size) } }

    /// A line a quantity, columns aligned, under the machine's description.
    var table: String {
        let head = ["name", "value", "unit", "±", "peer", "peer value", "ratio", "target", "at 1/10 size", "its ratio"]
        let rows = findings.filter { $0.size == .full }.map { row($0.finding) }
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        let isNumber = [false, true, false, true, false, true, true, false, true, true]
        let lines = ([head] + rows).map { cells in
            cells.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - cells[column].count)
                return isNumber[column] ? padding + cells[column] : cells[column] + padding
            }.joined(separator: "  ")
        }
        return ([machine, ""] + lines).joined(separator: "\n")
    }

    private func row(_ finding: Finding) -> [String] {
        let name = finding.quantity.name
        let tenth = findings.first { $0.size == .tenth && $0.finding.quantity.name == name }?.finding
        return [
            name, figure(finding.value), finding.quantity.unit, "\(Int((finding.spread * 50).rounded())) %",
            finding.peerValue == nil ? "" : finding.quantity.peer ?? "", finding.peerValue.map { figure($0) } ?? "",
            finding.ratio.map { figure($0) } ?? "", finding.quantity.target ?? "", tenth.map { figure($0.value) } ?? "",
            tenth?.ratio.map { figure($0) } ?? "",
        ]
    }

    /// A list of `{name, value, unit, peer, peer_value, ratio}`; names of the smaller size end in `_tenth`.
    var json: String {
        let entries = findings.map { finding, size in
            let fields: [(String, String)] = [
                ("name", quoted(finding.quantity.name + size.suffix)), ("value", number(finding.value)),
                ("unit", quoted(finding.quantity.unit)),
                ("peer", finding.peerValue == nil ? "null" : quoted(finding.quantity.peer)),
                ("peer_value", number(finding.peerValue)), ("ratio", number(finding.ratio)),
            ]
            return "  {" + fields.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
        }
        return "[\n" + entries.joined(separator: ",\n") + "\n]\n"
    }

    private func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "null" }
        return String(format: "%.6g", value)
    }

    // Names, units and peers are written in this program: nothing in them needs escaping.
    private func quoted(_ text: String?) -> String { text.map { "\"\($0)\"" } ?? "null" }
}
