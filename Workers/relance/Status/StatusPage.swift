import Coordination
import Messaging
import Primitives

/// The state of the fleet on one screen: the worst stands out, and each trouble names the next command.
struct StatusPage {
    let status: FleetStatus
    private let terminal: Terminal

    /// - Parameter terminal: where it will stand; its sections are indented by two.
    init(status: FleetStatus, terminal: Terminal) {
        self.status = status
        self.terminal = terminal.narrowed(by: 2)
    }

    /// The page's lines.
    var lines: [String] {
        head + section("Leaders", leaders) + section("Last runs", runs) + section("Queue", queue)
            + section("Messages of the last 24 hours", messages) + section("Appointments", appointments)
            + (status.budgets.isEmpty ? [] : section("SMS budgets of the month", budgets)) + section("Open alerts", alerts)
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        ["", Style.strong.applied(to: title, on: terminal)] + lines.map { "  " + $0 }
    }

    private var head: [String] {
        let instance = status.instance
        let sending =
            if status.pauses.contains(where: { $0.scope == "everywhere" }) {
                Style.bad.applied(to: "all sending paused", on: terminal)
            } else if status.pauses.isEmpty {
                Style.good.applied(to: "sending", on: terminal)
            } else {
                Style.warning.applied(to: "paused in part", on: terminal)
            }
        let head =
            "\(instance.environment) instance, schema \(instance.schemaVersion), \(sending), \(instance.businessNow.tableText)"
        return [head] + pauses + allowList
    }

    private var pauses: [String] {
        status.pauses.flatMap { pause in
            let (what, command) =
                switch (pause.scope, pause.name) {
                case ("organisation", let name?): ("organisation \(name)", "resume sending --tenant \(name)")
                case ("queue", let name?): ("queue \(name)", "resume queue \(name)")
                default: ("all sending", "resume sending")
                }
            return Paragraph.lines(
                "\(what) paused since \(pause.since.tableText)\(pause.reason.map { ": \($0)" } ?? ""); to go on: relance \(command)",
                indent: "  ", on: terminal)
        }
    }

    private var allowList: [String] {
        if status.allowList.isEmpty { return [] }
        return Paragraph.lines(
            Style.warning.applied(to: "RECIPIENT_ALLOWLIST", on: terminal)
                + " is set here: messages go to nobody else (\(status.allowList.map(Self.masked).joined(separator: ", ")))",
            indent: "  ", on: terminal)
    }

    /// Domains as they are; addresses as operators see them.
    private static func masked(_ entry: String) -> String { entry.hasPrefix("@") ? entry : AddressBook.masked(entry) }

    private var budgets: [String] {
        Table<FleetStatus.Budget>([
            .init("ORGANISATION") { Cell($0.tenantID) },
            .init("SPENT", .right) { Cell(Money.text(cents: $0.spentCents)) },
            .init("CAP", .right) { Cell(Money.text(cents: $0.capCents)) },
            .init("USED", .right) { budget in
                let percent = budget.capCents == 0 ? 100 : budget.spentCents * 100 / budget.capCents
                return Cell("\(percent) %", percent >= 100 ? .bad : percent >= 80 ? .warning : .plain)
            },
        ]).lines(status.budgets, on: terminal)
    }

    private var leaders: [String] {
        if status.leaders.isEmpty { return ["none yet: no program has run"] }
        return Table<FleetStatus.Leader>([
            .init("PROGRAM") { Cell($0.program) },
            .init("EPOCH", .right) { Cell(String($0.epoch)) },
            .init("LEASE") { leader in
                guard let seconds = leader.expiresInSeconds else { return Cell("given back", .faint) }
                return leader.isHeld
                    ? Cell("held, \(Age.text(seconds)) left", .good) : Cell("expired \(Age.text(-seconds)) ago", .warning)
            },
            .init("HOLDER") { Cell($0.holder) },
        ]).lines(status.leaders, on: terminal)
    }

    private var runs: [String] {
        if status.runs.isEmpty { return ["none yet: is the timer on? systemctl list-timers 'reminder-sender*'"] }
        return Table<FleetStatus.Run>([
            .init("PROGRAM") { Cell($0.program) },
            .init("STARTED", .right) { Cell(Age.text($0.startedAgoSeconds) + " ago") },
            .init("STATUS") { Cell($0.status, $0.status == "failed" ? .bad : .plain) },
            .init("EXIT", .right) { Cell(optional: $0.exitCode.map { String($0) }, $0.exitCode == 0 ? .good : .bad) },
            .init("TOOK", .right) { Cell("\(Int64($0.tookSeconds * 1000)) ms") },
            .init("ROLE") { Cell($0.role + ($0.isDegraded ? ", without Redis" : ""), $0.isDegraded ? .warning : .plain) },
            .init("HOST") { Cell($0.host) },
            .init("ERROR") { Cell(optional: $0.error?.split(separator: "\n").first.map(String.init), .bad) },
        ]).lines(status.runs, on: terminal)
    }

    private var queue: [String] {
        if status.lanes.isEmpty { return ["empty"] }
        let table = Table<FleetStatus.Lane>([
            .init("KIND") { Cell($0.kind) },
            .init("STATE") { Cell($0.state, StateStyle.style(of: $0.state)) },
            .init("JOBS", .right) { Cell(count: $0.count) },
            .init("OLDEST", .right) {
                Cell($0.oldestSeconds < 0 ? "in \(Age.text(-$0.oldestSeconds))" : Age.text($0.oldestSeconds))
            },
            .init("") { $0.isParked ? Cell("parked: no program of this build owns it", .warning) : Cell("") },
        ]).lines(status.lanes, on: terminal)
        let isDead = status.lanes.contains { $0.state == "dead" }
        return table + (isDead ? ["Dead letters: relance jobs list --state dead"] : [])
    }

    private var messages: [String] {
        if status.deliveries.isEmpty { return ["none"] }
        let isUncertain = status.deliveries.contains { $0.state == "uncertain" }
        return [
            status.deliveries.map { StateStyle.style(of: $0.state).applied(to: "\($0.count) \($0.state)", on: terminal) }.joined(
                separator: ", ")
        ] + (isUncertain ? ["Uncertain ones wait for you: relance deliveries list --state uncertain"] : [])
    }

    private var appointments: [String] {
        guard status.waitingAppointments > 0 || status.oldestAppointmentSeconds != nil else { return ["none ahead"] }
        let waiting =
            status.waitingAppointments > 10_000
            ? "more than 10000 wait for the planner"
            : status.waitingAppointments > 0 ? "\(status.waitingAppointments) wait for the planner" : "none waits for the planner"
        guard let seconds = status.oldestAppointmentSeconds else { return [waiting] }
        return [
            "\(waiting), \(seconds < 0 ? "the next is due in \(Age.text(-seconds))" : "the oldest has been due for \(Age.text(seconds))")"
        ]
    }

    private var alerts: [String] {
        if status.alerts.isEmpty { return [Style.good.applied(to: "none", on: terminal)] }
        let more = status.alertCount - Int64(status.alerts.count)
        return Table<FleetStatus.Alert>([
            .init("SEVERITY") { Cell($0.severity, StateStyle.style(of: $0.severity)) },
            .init("LAST", .right) { Cell(Age.text($0.lastAgoSeconds) + " ago") },
            .init("TIMES", .right) { Cell(String($0.occurrences)) },
            .init("TENANT") { Cell(optional: $0.tenantID) },
            .init("MESSAGE") { Cell($0.message) },
        ]).lines(status.alerts, on: terminal) + (more > 0 ? ["and \(more) more"] : [])
    }
}
