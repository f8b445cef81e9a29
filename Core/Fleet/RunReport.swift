public import Primitives
public import Runtime

/// What a run did, for `--json` and the text line.
public struct RunReport: Sendable {
    /// Name of the program.
    public let program: String
    /// The run's row.
    public let runID: String
    /// `leader` or `follower`.
    public var role: String
    /// Under which it led, if it did.
    public var epoch: Int64?
    /// Redis was away.
    public var isDegraded: Bool
    /// Business time at its start.
    public var businessNow: Timestamp
    /// How long it took.
    public var duration: Duration
    /// Names and counts of what was done.
    public var counts: [(String, Int)]
    /// What the process ends with.
    public var exit: ExitCode
    /// What went wrong.
    public var failure: Failure?

    /// What went wrong, safe to print.
    public var error: String? { failure?.message }

    /// One JSON object.
    public var json: String {
        let fields: [(String, String)] = [
            ("program", JSONText.quoted(program)), ("run", JSONText.quoted(runID)), ("role", JSONText.quoted(role)),
            ("epoch", epoch.map { String($0) } ?? "null"), ("degraded", String(isDegraded)),
            ("now", JSONText.quoted(businessNow.description)), ("duration_ms", String(duration.wireMilliseconds)),
            ("exit", String(exit.rawValue)), ("error", error.map { JSONText.quoted($0) } ?? "null"),
            ("counts", "{" + counts.map { "\(JSONText.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"),
        ]
        return "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    /// One line for people: what is zero is left out.
    public var text: String {
        let done = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
        return
            "\(program): \(role)\(isDegraded ? " (degraded)" : ""), \(done.isEmpty ? "nothing to do" : done.joined(separator: ", "))"
            + ", \(duration.wireMilliseconds) ms"
    }

    /// Samples for the metrics file.
    var samples: [MetricsFile.Sample] {
        let labels = [("program", program)]
        return [
            MetricsFile.Sample(
                "relance_run_exit_code", help: "Exit code of the last run.", labels: labels, value: Double(exit.rawValue)),
            MetricsFile.Sample(
                "relance_run_duration_seconds", help: "Length of the last run.", labels: labels,
                value: Double(duration.wireMilliseconds) / 1000),
            MetricsFile.Sample(
                "relance_run_leader", help: "Whether the last run led.", labels: labels, value: role == "leader" ? 1 : 0),
            MetricsFile.Sample(
                "relance_run_degraded", help: "Whether Redis was away.", labels: labels, value: isDegraded ? 1 : 0),
        ]
            + counts.map {
                MetricsFile.Sample(
                    "relance_run_items", help: "What the last run did.", labels: labels + [("what", $0.0)], value: Double($0.1))
            }
    }
}
