/// What a program's exit tells its caller (sysexits.h).
public enum ExitCode: Int32, Sendable {
    /// Done, or not leader and nothing left to drain.
    case ok = 0
    /// Wrong flags or arguments.
    case usage = 64
    /// Input that cannot be used, after what could be used was.
    case data = 65
    /// A dependency (Postgres, a provider as a whole) is unavailable.
    case unavailable = 69
    /// A defect of ours.
    case software = 70
    /// Stopped half-way by something that passes: run again.
    case temporary = 75
    /// Bad configuration, or a database that this build does not fit.
    case configuration = 78
}
