internal import Primitives
public import Runtime

/// Something that a person has to look at: an event in the error tracker.
///
/// It holds only words of ours from bounded sets (I8): type names, SQLSTATEs, names of statements, counts.
public struct Incident: Sendable, Equatable {
    /// How bad it is, in Sentry's words.
    public enum Level: String, Sendable {
        /// Somebody should look.
        case error
        /// A process has died.
        case fatal
    }

    /// How bad it is.
    public let level: Level
    /// What it is, a bounded word: incidents of one type and program are one issue.
    public let type: String
    /// One line.
    public let message: String
    /// What the run ended with, where it has ended.
    public let exit: ExitCode?

    /// An incident. The message is cut to 200 characters of one line.
    public init(_ level: Level, type: String, message: String, exit: ExitCode? = nil) {
        self.level = level
        self.type = String(type.prefix(80))
        self.message = String(message.prefix { !$0.isNewline }.prefix(200))
        self.exit = exit
    }

    /// What a failed run means: a defect of ours is an incident. What passes or an operator has to mend (a server away, a
    /// stop, bad configuration) is not: check-ins and pings tell it, and only once it lasts.
    public static func of(failure type: String, summary: String, exit: ExitCode) -> Incident? {
        exit == .software ? Incident(.error, type: type, message: summary, exit: exit) : nil
    }

    /// What a run's counts say of other processes: jobs taken back from one that died, jobs that killed theirs three times.
    public static func of(counts: [(String, Int)]) -> [Incident] {
        var incidents: [Incident] = []
        if let jobs = counts.first(where: { $0.0 == "rescued" })?.1, jobs > 0 {
            incidents.append(Incident(.fatal, type: "process_died", message: "jobs of a dead process taken back: \(jobs)"))
        }
        if let jobs = counts.first(where: { $0.0 == "quarantined" })?.1, jobs > 0 {
            incidents.append(Incident(.error, type: "jobs_quarantined", message: "poison jobs quarantined: \(jobs)"))
        }
        return incidents
    }
}
