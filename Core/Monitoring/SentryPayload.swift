internal import Primitives
private import Runtime

/// The JSON of what Sentry gets; everything that is the same for a whole process stands here.
struct SentryPayload: Sendable {
    let program: String
    let release: String
    let environment: String
    /// How often each schedule is expected to check in.
    let every: Duration

    /// An event. Its fingerprint makes one issue of a program's incidents of one type.
    func event(_ incident: Incident, id: String, at time: Timestamp) -> String {
        var tags = [("program", program)]
        if let exit = incident.exit { tags.append(("exit_code", String(exit.rawValue))) }
        return Self.object([
            ("event_id", JSONText.quoted(id)), ("timestamp", JSONText.quoted(time.description)), ("platform", "\"other\""),
            ("level", JSONText.quoted(incident.level.rawValue)), ("logger", JSONText.quoted(program)),
            ("release", JSONText.quoted(release)), ("environment", JSONText.quoted(environment)),
            ("tags", Self.object(tags.map { ($0.0, JSONText.quoted($0.1)) })),
            ("fingerprint", "[\(JSONText.quoted(program)),\(JSONText.quoted(incident.type))]"),
            (
                "exception",
                Self.object([
                    (
                        "values",
                        "["
                            + Self.object([
                                ("type", JSONText.quoted(incident.type)), ("value", JSONText.quoted(incident.message)),
                                ("mechanism", Self.object([("type", "\"run\""), ("handled", String(incident.level != .fatal))])),
                            ]) + "]"
                    )
                ])
            ),
        ])
    }

    /// A check-in, with the monitor's settings, so that monitors need not be made by hand. One failure in a row is not yet
    /// an issue: a stop or a lost connection is mended by the next tick.
    func checkIn(_ schedule: String, id: String, status: CheckInStatus, duration: Duration?) -> String {
        let minutes = max(1, every.components.seconds / 60)
        let config = Self.object([
            ("schedule", Self.object([("type", "\"interval\""), ("value", String(minutes)), ("unit", "\"minute\"")])),
            ("checkin_margin", String(max(2, minutes))), ("max_runtime", "15"), ("failure_issue_threshold", "2"),
            ("recovery_threshold", "1"), ("timezone", "\"UTC\""),
        ])
        var fields = [
            ("check_in_id", JSONText.quoted(id)), ("monitor_slug", JSONText.quoted("\(program)-\(schedule)")),
            ("status", JSONText.quoted(status.rawValue)), ("release", JSONText.quoted(release)),
            ("environment", JSONText.quoted(environment)), ("monitor_config", config),
        ]
        if let duration { fields.append(("duration", duration.wireSeconds)) }
        return Self.object(fields)
    }

    private static func object(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }
}

/// What a check-in says.
enum CheckInStatus: String, Sendable {
    case inProgress = "in_progress"
    case ok
    case error
}
