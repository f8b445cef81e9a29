import Foundation
import Messaging
import Postgres
import Providers
import TestSupport

/// A way for twelve messages to travel, each to somebody else.
enum Post: String, CaseIterable, Sendable {
    case resend, sendgrid, smtp, outbox, twilio
    case greenAPI = "green_api"

    /// Books appointments whose messages travel that way; returns the environment for it.
    func prepare(_ count: Int, in fleet: FleetFixture) async throws -> [String: String] {
        try await fleet.addOrganization()
        switch self {
        case .resend, .sendgrid, .outbox:
            try await fleet.book(count)
            return ["EMAIL_PROVIDERS": rawValue]
        case .smtp:
            try await fleet.book(count)
            return ["EMAIL_PROVIDERS": rawValue, "SMTP_URL": try await fleet.simulator.relayURL()]
        case .twilio:
            try await fleet.database.execute("update organization_settings set sms_enabled = true")
            try await fleet.database.execute("update reminder_steps set is_enabled = step = 'H-1'")
            try await fleet.database.execute("update reminder_steps set activated_at = now() - interval '30 days'")
            try await fleet.database.execute(
                "update reminder_steps set channels = '{sms}', channel_activations = '{}' where step = 'H-1'")
            try await fleet.book(count, startsIn: "58 minutes", bookedAgo: "3 hours")
            return [:]
        case .greenAPI:
            try await fleet.database.execute("update reminder_steps set is_enabled = step = 'T+10'")
            try await fleet.bookForClosers(count)
            return [
                "WHATSAPP_PROVIDERS": rawValue, "GREEN_API_URL": fleet.simulator.url + "/green_api",
                "GREEN_API_ID_INSTANCE": "7103000000", "GREEN_API_TOKEN": "green_token",
            ]
        }
    }

    /// Runs until nothing is left, with the hours passing that look-ups and events take, and with the events that a provider
    /// sends by itself.
    func settle(_ fleet: FleetFixture, _ variables: [String: String]) async throws {
        try await eventually(within: .seconds(90), "an empty queue") {
            _ = try await fleet.run([], variables)
            if self == .sendgrid { try await reportAccepted(fleet) }
            try await fleet.database.execute(
                "update relance.delivery_attempts set opened_at = opened_at - interval '10 minutes' where closed_at is null")
            try await fleet.database.execute(
                "update relance.jobs set run_at = run_at - interval '10 minutes' where state in ('scheduled', 'retryable')")
            return try await fleet.database.count(
                """
                select (select count(*) from relance.jobs)
                    + (select count(*) from relance.appointment_due where next_due_at <= now())
                """) == 0
        }
    }

    /// Delivers the `processed` events of what the simulator has taken in, as SendGrid would.
    private func reportAccepted(_ fleet: FleetFixture) async throws {
        let reports = try await fleet.effects().compactMap { effect in
            effect.arguments?["relance_attempt"].map {
                StatusReport(
                    provider: .sendgrid, providerID: effect.id, attemptID: $0, status: .accepted,
                    occurredAt: Date().timeIntervalSince1970)
            }
        }
        let bound = MessageStatuses.record(reports)
        let connection = PostgresConnection(
            PostgresConfiguration(url: fleet.database.workerURL, applicationName: "ingest"))
        try await connection.execute(bound.0, bound.1)
    }
}

extension FleetFixture {
    /// Appointments booked twelve minutes ago, each with a closer of its own, so that T+10 is due for each.
    fileprivate func bookForClosers(_ count: Int) async throws {
        try await book(count, bookedAgo: "12 minutes")
        try await database.execute(
            """
            insert into users (tenant_id, id, name, role, phone)
            select 'acme', 'closer' || g, 'Closer ' || g, 'CLOSER', '+3363997' || lpad(g::text, 4, '0')
            from generate_series(1, $1::integer) g
            """, [.int(count)])
        try await database.execute(
            "update appointments set closer_id = 'closer' || substr(id, 2), created_at = now() - interval '12 minutes'")
    }
}
