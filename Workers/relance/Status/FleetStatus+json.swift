import Coordination
import Messaging
import Primitives

extension FleetStatus {
    /// For scripts and dashboards.
    var json: JSONValue {
        .object([
            ("environment", .text(instance.environment)), ("schema_version", .int(Int64(instance.schemaVersion))),
            ("business_now", .text(instance.businessNow.description)), ("sending_paused", .bool(instance.isPaused)),
            ("pauses", .array(pauses.map(\.json))), ("leaders", .array(leaders.map(\.json))), ("runs", .array(runs.map(\.json))),
            ("queue", .array(lanes.map(\.json))),
            ("deliveries_24h", .object(deliveries.map { ($0.state, .int($0.count)) })),
            ("open_alerts", .int(alertCount)), ("alerts", .array(alerts.map(\.json))),
            ("recipient_allowlist", .array(allowList.map { .text($0.hasPrefix("@") ? $0 : AddressBook.masked($0)) })),
            ("sms_budgets", .array(budgets.map(\.json))),
            (
                "appointments",
                .object([("waiting", .int(waitingAppointments)), ("oldest_due_s", .optional(oldestAppointmentSeconds))])
            ),
        ])
    }
}

extension FleetStatus.Pause {
    fileprivate var json: JSONValue {
        .object([
            ("scope", .text(scope)), ("name", .optional(name)), ("since", .text(since.description)),
            ("reason", .optional(reason)),
        ])
    }
}

extension FleetStatus.Leader {
    fileprivate var json: JSONValue {
        .object([
            ("program", .text(program)), ("epoch", .int(epoch)), ("holder", .text(holder)), ("held", .bool(isHeld)),
            ("expires_in_s", .optional(expiresInSeconds)),
        ])
    }
}

extension FleetStatus.Run {
    fileprivate var json: JSONValue {
        .object([
            ("program", .text(program)), ("status", .text(status)), ("role", .text(role)), ("host", .text(host)),
            ("degraded", .bool(isDegraded)), ("exit", .optional(exitCode)), ("error", .optional(error)),
            ("started_ago_s", .int(startedAgoSeconds)), ("took_ms", .int(Int64(tookSeconds * 1000))),
        ])
    }
}

extension FleetStatus.Lane {
    fileprivate var json: JSONValue {
        .object([
            ("kind", .text(kind)), ("queue", .text(queue)), ("state", .text(state)), ("count", .int(count)),
            ("parked", .bool(isParked)),
            ("oldest_s", .int(oldestSeconds)),
        ])
    }
}

extension FleetStatus.Budget {
    fileprivate var json: JSONValue {
        .object([("tenant", .text(tenantID)), ("spent_cents", .int(spentCents)), ("cap_cents", .int(capCents))])
    }
}

extension FleetStatus.Alert {
    fileprivate var json: JSONValue {
        .object([
            ("id", .int(id)), ("tenant", .optional(tenantID)), ("kind", .text(kind)), ("severity", .text(severity)),
            ("message", .text(message)), ("occurrences", .int(occurrences)), ("last_ago_s", .int(lastAgoSeconds)),
        ])
    }
}
