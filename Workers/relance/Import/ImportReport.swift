import Glibc
import Primitives
import Runtime

/// What an import came to: counts, and the rows that were refused.
struct ImportReport: Sendable {
    /// A row and what is wrong with it.
    struct Fault: Sendable {
        let line: Int
        let problem: String
    }

    /// As many as the JSON names; all go to standard error.
    private static let mostFaults = 1000

    let path: String
    /// Business time up to which the file's facts were known.
    let now: Timestamp
    /// What is counted, in the order in which it is told.
    private(set) var counts: [(String, Int64)]
    private(set) var faults: [Fault] = []
    private(set) var warnings: [Fault] = []
    /// Found and not told yet.
    private var untold: [Fault] = []

    /// - Parameter counted: names of all counts, with 0 as their value.
    init(path: String, now: Timestamp, counting counted: [String]) {
        (self.path, self.now) = (path, now)
        counts = counted.map { ($0, 0) } + [("refused", 0)]
    }

    /// A count; 0 where nothing was counted under the name.
    subscript(name: String) -> Int64 { counts.first { $0.0 == name }?.1 ?? 0 }

    /// Adds to a count.
    mutating func count(_ name: String, _ more: Int64 = 1) {
        if let index = counts.firstIndex(where: { $0.0 == name }) { counts[index].1 += more } else { counts.append((name, more)) }
    }

    /// A row that is not loaded.
    mutating func refuse(_ line: Int, _ problem: String) {
        count("refused")
        if faults.count < Self.mostFaults { faults.append(Fault(line: line, problem: problem)) }
        untold.append(Fault(line: line, problem: "refused: \(problem)"))
    }

    /// Takes over refusals that were told already.
    mutating func takeOver(_ other: ImportReport) {
        count("refused", other["refused"])
        faults += other.faults
    }

    /// A row that is loaded without a part of it.
    mutating func warn(_ line: Int, _ problem: String) {
        if warnings.count < Self.mostFaults { warnings.append(Fault(line: line, problem: problem)) }
        untold.append(Fault(line: line, problem: "warning: \(problem)"))
    }

    /// Writes what was found since to standard error, in the order of the file: called after each batch and at the end.
    mutating func tell() {
        for fault in untold.sorted(by: { $0.line < $1.line }) { Progress.interrupt("\(path):\(fault.line): \(fault.problem)") }
        untold = []
    }

    /// 65 when a row was refused.
    var exit: ExitCode { self["refused"] == 0 ? .ok : .data }

    /// On one line.
    var json: JSONValue {
        func list(_ faults: [Fault]) -> JSONValue {
            .array(
                faults.sorted { $0.line < $1.line }.map {
                    .object([("line", .int(Int64($0.line))), ("problem", .text($0.problem))])
                })
        }
        return .object(
            [("file", .text(path)), ("now", .text(now.description))] + counts.map { ($0.0, .int($0.1)) }
                + [("faults", list(faults)), ("warnings", list(warnings))])
    }

    /// The summary: what is zero is left out.
    var text: String {
        let told = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.replacingUnderscores)" }
        let facts =
            "\(path), as known at \(Timestamp(microseconds: now.seconds * 1_000_000)): \(told.isEmpty ? "nothing to do" : told.joined(separator: ", "))"
        return facts
            + (faults.isEmpty
                ? "" : "\nCorrect the refused rows and import the file again: what is loaded already stays as it is.")
    }
}

extension String {
    fileprivate var replacingUnderscores: String { String(map { $0 == "_" ? " " : $0 }) }
}
