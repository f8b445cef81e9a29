/// The rules of D-02 to D-04 and D-15 once more, in minutes and without pointers: what a planner that looked at everything on
/// every tick would write. Written from the decisions, not from the SQL.
struct SequenceModel {
    private struct Step {
        let name: String
        var offset: Int
        var channels: [String]
        var isEnabled = true
        var activatedAt = Int.min
        var channelActivatedAt: [String: Int] = [:]

        /// Whether it belongs to one revision.
        var isBound: Bool { !["T+0", "T+10"].contains(name) }

        /// Whether the appointment as it stands has it.
        func applies(to appointment: Appointment) -> Bool {
            switch name {
            case "cancelled": appointment.status == "CANCELLED" && appointment.revision > 0
            case "moved": appointment.isLive && appointment.revision > 0
            default: appointment.isLive
            }
        }
    }

    private struct Appointment {
        let created: Int
        var start: Int
        var closer: String?
        var status = "SCHEDULED"
        var revision = 0
        var armed: Int

        var isLive: Bool { ["SCHEDULED", "CONFIRMED"].contains(status) }
    }

    private struct Row {
        let group: String
        let outcome: String
    }

    private var steps = History.steps.map { Step(name: $0.name, offset: $0.offset, channels: $0.channels) }
    private var appointments: [String: Appointment] = [:]
    private var active: Set = ["c1", "c2"]
    private var managers: Set<String> = []
    private var optedIn: Set<String> = []
    private var hasSMS = false
    private var rows: [String: Row] = [:]

    /// The ledger: key, state, reason.
    var ledger: [String] { rows.map { "\($0.key) \($0.value.outcome)" }.sorted() }

    mutating func apply(_ change: Change) {
        let now = change.minute
        switch change.event {
        case .book(let id, let start, let closer):
            appointments[id] = Appointment(created: now, start: start, closer: closer, armed: now)
        case .move(let id, let start): revise(id, at: now) { $0.start = start }
        case .status(let id, let status): revise(id, at: now) { $0.status = status }
        case .assign(let id, let closer): appointments[id]?.closer = closer
        case .user(let id, let isActive): if isActive { active.insert(id) } else { active.remove(id) }
        case .hire(let id): managers.insert(id)
        case .optIn(let id, let isOn): if isOn { optedIn.insert(id) } else { optedIn.remove(id) }
        case .sms(let isOn):
            if isOn && !hasSMS {
                for index in steps.indices where steps[index].channels.contains("sms") {
                    steps[index].channelActivatedAt["sms"] = now
                }
            }
            hasSMS = isOn
        case .enable(let name, let isOn):
            edit(name) {
                if isOn && !$0.isEnabled { $0.activatedAt = now }
                $0.isEnabled = isOn
            }
        case .offset(let name, let offset):
            edit(name) {
                if offset != $0.offset { $0.activatedAt = now }
                $0.offset = offset
            }
        case .channels(let name, let channels):
            edit(name) {
                for channel in channels where !$0.channels.contains(channel) { $0.channelActivatedAt[channel] = now }
                $0.channels = channels
            }
        }
    }

    private mutating func edit(_ name: String, _ body: (inout Step) -> Void) {
        for index in steps.indices where steps[index].name == name { body(&steps[index]) }
    }

    private mutating func revise(_ id: String, at now: Int, _ body: (inout Appointment) -> Void) {
        guard let old = appointments[id] else { return }
        var new = old
        body(&new)
        if new.start != old.start || (new.status == "CANCELLED") != (old.status == "CANCELLED") {
            new.revision += 1
            new.armed = now
        }
        appointments[id] = new
    }

    /// Looks at every appointment.
    mutating func tick(at now: Int) {
        var written: [String: Row] = [:]
        for (id, appointment) in appointments {
            for step in steps where step.isEnabled && step.applies(to: appointment) {
                let (due, expires) = window(step, appointment)
                let revision = step.isBound ? appointment.revision : 0
                let group = "\(id):\(revision):\(step.name)"
                let isDone = rows.values.contains { $0.group == group }
                for channel in step.channels where channel != "sms" || hasSMS {
                    guard due <= now, due >= max(step.activatedAt, step.channelActivatedAt[channel] ?? .min),
                        expires > now || !isDone
                    else { continue }
                    for recipient in recipients(step, appointment) {
                        if channel == "whatsapp", step.name == "T-0", !optedIn.contains(recipient) { continue }
                        let type = recipient == "none" ? "" : recipient == "l1" ? "lead:" : "user:"
                        let key = "reminder:\(group):\(channel):\(type)\(recipient)"
                        if rows[key] != nil { continue }
                        let isLate = step.isBound && due < appointment.armed
                        let outcome =
                            due >= expires
                            ? "skipped too_late"
                            : isLate
                                ? "skipped booked_late"
                                : recipient == "none"
                                    ? "skipped no_recipient" : expires <= now ? "missed no_tick_before_expiry" : "pending"
                        written[key] = Row(group: group, outcome: outcome)
                    }
                }
            }
        }
        rows.merge(written) { old, _ in old }
    }

    private func window(_ step: Step, _ appointment: Appointment) -> (due: Int, expires: Int) {
        let (start, created) = (appointment.start, appointment.created)
        return switch step.name {
        case "T+0": (created + step.offset, min(start, created + 1440))
        case "T+10": (created + step.offset, min(start, created + step.offset + 120))
        case "J-1": (start + step.offset, start - 120)
        case "H-1": (start + step.offset, start - 5)
        case "moved", "cancelled": (appointment.armed, min(start, appointment.armed + 1440))
        default: (start + step.offset, start + 20)
        }
    }

    private func recipients(_ step: Step, _ appointment: Appointment) -> [String] {
        if !["T+10", "T-0"].contains(step.name) { return ["l1"] }
        if let closer = appointment.closer, active.contains(closer) { return [closer] }
        return managers.isEmpty ? ["none"] : managers.sorted()
    }
}
