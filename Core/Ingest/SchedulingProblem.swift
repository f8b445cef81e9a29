internal import API

/// The database's functions said what this program has no word for.
private struct UnknownOutcome: Error {}

/// What callers are told of a request about appointments or calls that is refused.
enum SchedulingProblem {
    /// The problem that an outcome of V0009's functions stands for; nil for one that was carried out.
    static func problem(_ outcome: JSON, of action: Scheduling.Action) -> Problem? {
        switch outcome["outcome"]?.text {
        case "done", "marked", "kept": nil
        case "not_found": .notFound(action == .joinCall || action == .endCall ? "call" : "appointment")
        case "past_date": at("/startsAt", "past_date", "The appointment's time has passed.", "has passed")
        case "too_far": at("/startsAt", "too_far", "Appointments are taken two years ahead.", "lies too far ahead")
        case "unknown_closer": at("/closerId", "unknown_closer", "There is no such closer.", "is no active user here")
        case "unknown_lead": at("/leadId", "unknown_lead", "There is no such lead.", "is not known here")
        case "lead_blacklisted": Problem(403, "lead_blacklisted", "This person cannot book here.")
        case "lead_quota_reached": Problem(403, "lead_quota_reached", "The organisation's number of leads is reached.")
        case "slot_taken": Problem(409, "slot_taken", "The closer has another appointment then.")
        case "call_ended": Problem(409, "call_ended", "The call has ended; start another: POST /calls/start.")
        case "early": Problem(409, "too_early", "The appointment has not begun.")
        case "moved": Problem(409, "moved", "The appointment has another time by now.")
        case "past": Problem(409, "past", "The appointment has begun or is over.")
        case "invalid_transition": transition(outcome)
        default: .defect(UnknownOutcome())
        }
    }

    private static func at(_ pointer: String, _ code: String, _ detail: String, _ fault: String) -> Problem {
        Problem(422, code, detail, faults: [(.body, Fault(Pointer([String(pointer.dropFirst())]), fault))])
    }

    private static func transition(_ outcome: JSON) -> Problem {
        let status = outcome["status"]?.text ?? ""
        let allowed = outcome["allowed"]?.text ?? ""
        return Problem(
            409, "invalid_transition",
            "The appointment is \(status). "
                + (allowed.isEmpty ? "Nothing can be changed any more." : "From there it can become: \(allowed)."))
    }
}
