private import Foundation

/// Processor time of processes that go on running, from /proc.
enum ProcessorTime {
    /// Milliseconds of one process so far.
    static func milliseconds(of pid: Int32) -> Double {
        fields(of: pid).map { ticks($0[11]) + ticks($0[12]) } ?? 0
    }

    /// Milliseconds of a process, its living children, and those that have ended: a server with a process for each session.
    static func milliseconds(ofFamily pid: Int32) -> Double {
        let own = fields(of: pid).map { ticks($0[11]) + ticks($0[12]) + ticks($0[13]) + ticks($0[14]) } ?? 0
        return children(of: pid).reduce(own) { $0 + milliseconds(of: $1) }
    }

    /// A process's living children, and theirs.
    static func descendants(of pid: Int32) -> [Int32] {
        children(of: pid).flatMap { [$0] + descendants(of: $0) }
    }

    private static func children(of pid: Int32) -> [Int32] {
        let list = (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
        return list.split(separator: " ").compactMap { Int32($0) }
    }

    /// The fields behind the name, which may itself hold spaces and brackets; the state is the first.
    private static func fields(of pid: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = text.lastIndex(of: ")")
        else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 14 ? fields : nil
    }

    private static func ticks(_ field: Substring) -> Double {
        (Double(field) ?? 0) * 1000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
