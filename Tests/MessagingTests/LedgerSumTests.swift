import Messaging
import Postgres
import Primitives
import Providers
import TestSupport
import Testing

/// What is counted beside the ledger (the month's costs, marketing by address) agrees with it, on every way that an attempt can
/// go (K-25, D-13, D-17).
struct LedgerSumTests {
    private static let month = 31 * 24 * 60

    @Test func `what does not go out takes nothing from the month's budget`() async throws {
        let office = try await PostOffice()
        // One segment.
        try await office.database.execute("update organization_settings set sms_monthly_cap_cents = 5")
        try await office.database.execute(
            """
            insert into relance.suppressions (tenant_id, channel, address_hash, scope, reason)
            values ('acme', 'sms', decode($1, 'hex'), 'all', 'stop')
            """, [.text(PostOffice.addresses.hash("+33639980012"))])
        for id in 1...3 { try await office.plan("s\(id)", to: "+33639980012") }
        try await office.plan("a")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        #expect(try await office.state("s1") == "skipped suppressed")
        #expect(try await office.state("a") == "sent")
        #expect(try await office.strayCounts() == [])
    }

    @Test func `what a month reserved is given back to that month`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", expiresAfter: 2 * Self.month)
        let carrier = ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.timedOut, .invalid])
        try await office.deliver([.sms: [carrier]])
        try await office.plan("july", expiresAfter: 2 * Self.month)
        try await office.deliver([.sms: [ScriptedCarrier(repeatableFor: .seconds(3600), answers: [.invalid])]], at: Self.month)
        #expect(try await office.state("a") == "failed invalid_to")
        #expect(
            try await office.database.rows("select microeuros from relance.message_costs order by month").map { $0[0] }
                .allSatisfy { $0 == "0" })
        #expect(try await office.strayCounts() == [])
    }

    @Test func `a refusal that turns out to be an acceptance is paid for and counted after all`() async throws {
        let office = try await PostOffice()
        try await office.plan("a", messageClass: "marketing")
        try await office.deliver([.sms: [ScriptedCarrier(answers: [.invalid])]])
        #expect(try await office.strayCounts() == [])
        for _ in 1...2 {
            try await office.report([.delivered], of: "a")
            #expect(try await office.state("a") == "delivered")
            #expect(try await office.strayCounts() == [])
        }
    }

    @Test func `a lost answer keeps its cost, whatever it turns out to be`() async throws {
        for (records, reports) in [
            ([LookUpAnswer.found(providerID: "SM1", failureCode: nil)], [StatusReport.Status]()),
            ([.found(providerID: "SM1", failureCode: "30005")], []), ([.notFound], []), ([.notFound], [.failed]),
        ] {
            let office = try await PostOffice()
            let carrier = ScriptedCarrier(recovery: .lookedUp(after: .zero), records: records, answers: [.timedOut])
            try await office.plan("a")
            for minute in 0...4 { try await office.deliver([.sms: [carrier]], at: minute * 5) }
            try await office.report(reports, of: "a", code: "30005")
            #expect(try await office.strayCounts() == [])
            #expect(try await office.database.count("select microeuros from relance.message_costs") == 50_000)
        }
    }
}
