import Postgres
import Primitives
import Providers
import Queue
import TestSupport
import Testing

@testable import Messaging

/// What becomes of a message whose answer was lost, for each way in which a provider can be asked (D-11).
struct RecoveryTests {
    private static let found = LookUpAnswer.found(providerID: "SM1", failureCode: nil)

    /// Loses an answer, then makes the attempt as old as the next question needs.
    private func lose(_ office: PostOffice, _ carrier: ScriptedCarrier) async throws {
        try await office.plan("a")
        try await office.deliver([.sms: [carrier]])
        #expect(try await office.state("a") == "sending")
        try await age(office, seconds: 6)
    }

    private func age(_ office: PostOffice, seconds: Int) async throws {
        try await office.database.execute(
            "update relance.delivery_attempts set opened_at = opened_at - make_interval(secs => $1::double precision)",
            [.int(seconds)])
    }

    @Test func `a message that the provider's records show was sent, and costs what it costs`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(recovery: .lookedUp(after: .seconds(5)), records: [Self.found], answers: [.timedOut])
        try await lose(office, carrier)
        try await office.deliver([.sms: [carrier]], at: 1)
        #expect(try await office.state("a") == "sent")
        #expect(try await office.attempts("a").map { $0.prefix(8) } == ["accepted"])
        #expect(carrier.requests.count == 1)
        #expect(
            try await office.database.rows("select provider_id, cost_microeuros from relance.deliveries") == [["SM1", "50000"]])
    }

    @Test func `one that is not listed is looked for three times and is then uncertain, never sent again`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(recovery: .lookedUp(after: .seconds(5)), answers: [.timedOut])
        try await lose(office, carrier)
        for minute in 1...10 { try await office.deliver([.sms: [carrier]], at: minute * 3) }
        #expect(carrier.inquiries.count == 3)
        #expect(carrier.requests.count == 1)
        #expect(try await office.state("a") == "uncertain not_found")
        #expect(try await office.alerts() == ["outcome_unknown"])
    }

    @Test func `one that appears in the list late is found late`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(
            recovery: .lookedUp(after: .seconds(5)), records: [.notFound, .notFound, Self.found], answers: [.timedOut])
        try await lose(office, carrier)
        for minute in 1...5 { try await office.deliver([.sms: [carrier]], at: minute * 3) }
        #expect(try await office.state("a") == "sent")
    }

    @Test func `one that was taken in and has failed since is failed`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(
            recovery: .lookedUp(after: .seconds(5)), records: [.found(providerID: "SM1", failureCode: "30005")],
            answers: [.timedOut])
        try await lose(office, carrier)
        try await office.deliver([.sms: [carrier]], at: 1)
        #expect(try await office.state("a") == "failed 30005")
        #expect(try await office.job("a") == "dead 30005")
    }

    @Test func `what its records say has failed is not called sent by an older report`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(
            recovery: .lookedUp(after: .seconds(5)), records: [.found(providerID: "SM1", failureCode: "30005")],
            answers: [.timedOut])
        try await lose(office, carrier)
        try await office.deliver([.sms: [carrier]], at: 1)
        try await office.report([.sent], of: "a")
        #expect(try await office.state("a") == "failed 30005")
    }

    @Test(arguments: [1, 2])
    func `of two equal messages lost at once each is found for itself, or not at all`(arrived: Int) async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(
            recovery: .lookedUp(after: .seconds(5)), script: { _, _ in .timedOut },
            listing: { lost in
                let found = (1...arrived).map { "SM\($0)" }.first { !lost.knownIDs.contains($0) }
                return found.map { .found(providerID: $0, failureCode: nil) } ?? .notFound
            })
        for id in ["a", "b"] { try await office.plan(id) }
        try await office.deliver([.sms: [carrier]])
        try await age(office, seconds: 6)
        for minute in 1...5 { try await office.deliver([.sms: [carrier]], at: minute * 3) }
        let states = [try await office.state("a"), try await office.state("b")].sorted()
        #expect(states == (arrived == 2 ? ["sent", "sent"] : ["sent", "uncertain not_found"]))
        #expect(
            try await office.database.count(
                "select count(distinct provider_id) from relance.delivery_attempts where outcome = 'accepted'") == arrived)
    }

    @Test func `a message whose own answer is under way is not taken for the lost one`() async throws {
        let office = try await PostOffice()
        let (arrived, answered) = (Gate(), Gate())
        let carrier = ScriptedCarrier(
            recovery: .lookedUp(after: .seconds(5)),
            script: { number, _ in
                if number == 1 { return .timedOut }
                arrived.open()
                await answered.pass()
                return .accepted(providerID: "SM2")
            },
            listing: { arrived.isOpen && !$0.knownIDs.contains("SM2") ? .found(providerID: "SM2", failureCode: nil) : .notFound })
        try await lose(office, carrier)
        try await office.plan("b")
        let sending = Task { try await office.deliver([.sms: [carrier]], name: "first") }
        await arrived.pass()
        try await office.database.execute("update relance.jobs set state = 'available' where state in ('scheduled', 'retryable')")
        try await office.deliver([.sms: [carrier]], at: 1, name: "second")
        #expect(try await office.state("a") == "sending")
        answered.open()
        _ = try await sending.value
        for minute in 2...6 { try await office.deliver([.sms: [carrier]], at: minute * 3) }
        #expect(try await office.state("a") == "uncertain not_found")
        #expect(try await office.state("b") == "sent")
    }

    @Test func `another tenant's message by the same sender is not taken for the lost one`() async throws {
        let office = try await PostOffice()
        try await office.plan("before", tenant: "zeta")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        let known = try await office.database.value("select provider_id from relance.deliveries")
        let carrier = ScriptedCarrier(recovery: .lookedUp(after: .seconds(5)), records: [Self.found], answers: [.timedOut])
        try await lose(office, carrier)
        try await office.deliver([.sms: [carrier]], at: 1)
        #expect(carrier.inquiries.map(\.knownIDs) == [[known]])
    }

    @Test func `records that cannot be read are asked for an hour`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(
            recovery: .lookedUp(after: .seconds(5)), records: [.unavailable(reason: "http_503")], answers: [.timedOut])
        try await lose(office, carrier)
        for minute in 1...8 { try await office.deliver([.sms: [carrier]], at: minute) }
        #expect(carrier.inquiries.count == 8)
        #expect(try await office.state("a") == "sending")
        try await age(office, seconds: 3600)
        for minute in 9...20 { try await office.deliver([.sms: [carrier]], at: minute * 3) }
        #expect(try await office.state("a") == "uncertain records_unavailable")
        #expect(carrier.requests.count == 1)
    }

    @Test func `the list is not asked in the first seconds`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(recovery: .lookedUp(after: .seconds(5)), records: [Self.found], answers: [.timedOut])
        try await office.plan("a")
        try await office.deliver([.sms: [carrier]])
        try await office.database.execute("update relance.jobs set run_at = run_at - interval '1 minute'")
        try await office.deliver([.sms: [carrier]])
        #expect(carrier.inquiries.isEmpty)
    }

    @Test func `messages that are accounted for are not taken for the lost one`() async throws {
        let office = try await PostOffice()
        try await office.plan("before")
        try await office.deliver([.sms: [ScriptedCarrier()]])
        let carrier = ScriptedCarrier(recovery: .lookedUp(after: .seconds(5)), records: [Self.found], answers: [.timedOut])
        try await lose(office, carrier)
        try await office.deliver([.sms: [carrier]], at: 1)
        let known = try await office.database.value("select provider_id from relance.deliveries where subject = 'before'")
        #expect(carrier.inquiries.map(\.knownIDs) == [[known]])
        #expect(carrier.inquiries.map(\.prepared) == carrier.requests)
    }

    // MARK: Waiting for the provider's event

    @Test func `where the provider reports by itself its event settles the message`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(.sendgrid, recovery: .reported(within: .seconds(900)), answers: [.timedOut])
        try await office.plan("a", .email, to: "a@example.com")
        try await office.deliver([.email: [carrier]])
        #expect(try await office.state("a") == "sending")
        try await office.report([.accepted], of: "a", by: .sendgrid)
        #expect(try await office.state("a") == "sent")
        try await office.deliver([.email: [carrier]], at: 1)
        #expect(try await office.job("a") == "completed")
        #expect(carrier.requests.count == 1)
    }

    @Test func `without an event within a quarter of an hour it is uncertain`() async throws {
        let office = try await PostOffice()
        let carrier = ScriptedCarrier(.sendgrid, recovery: .reported(within: .seconds(900)), answers: [.timedOut])
        try await office.plan("a", .email, to: "a@example.com")
        try await office.deliver([.email: [carrier]])
        try await office.deliver([.email: [carrier]], at: 1)
        #expect(try await office.state("a") == "sending")
        try await age(office, seconds: 900)
        try await office.deliver([.email: [carrier]], at: 2)
        #expect(try await office.state("a") == "uncertain answer_lost")
        // The event that comes after all is believed.
        try await office.report([.delivered], of: "a", by: .sendgrid)
        #expect(try await office.state("a") == "delivered")
        #expect(carrier.requests.count == 1)
    }

    @Test func `another provider never takes over while an answer is lost`() async throws {
        let office = try await PostOffice()
        let first = ScriptedCarrier(.sendgrid, recovery: .reported(within: .seconds(900)), answers: [.timedOut])
        let second = ScriptedCarrier(.resend)
        try await office.plan("a", .email, to: "a@example.com")
        for minute in 0...20 { try await office.deliver([.email: [first, second]], at: minute) }
        #expect(second.requests.isEmpty)
    }

    // MARK: Health

    @Test func `a provider that is down is asked seldom, its messages wait unspent, and operators hear of it and of its end`()
        async throws
    {
        let office = try await PostOffice()
        let isUp = Gate()
        let carrier = ScriptedCarrier(gate: ProviderGate()) { _, _ in
            isUp.isOpen ? .accepted : .refused(Refusal(code: "http_503", kind: .retry(after: nil)))
        }
        for id in 1...60 { try await office.plan("m\(id)") }
        try await office.deliver([.sms: [carrier]])
        #expect(carrier.requests.count < 60)
        #expect(try await office.alerts() == ["provider_down"])
        #expect(try await office.database.count("select count(*) from relance.jobs where attempts = 0") > 0)
        isUp.open()
        // Another process, or this one a minute later.
        let healed = ScriptedCarrier(gate: ProviderGate())
        for minute in 1...20 { try await office.deliver([.sms: [healed]], at: minute) }
        #expect(try await office.database.count("select count(*) from relance.deliveries where state = 'sent'") == 60)
        #expect(try await office.alerts().isEmpty)
    }

    @Test func `one account's patience holds up no other`() async throws {
        let office = try await PostOffice()
        let busy = ScriptedCarrier(
            gate: ProviderGate(), answers: [.refused(Refusal(code: "http_429", kind: .retry(after: .seconds(60))))])
        let other = ScriptedCarrier(gate: ProviderGate())
        for id in 1...50 { try await office.plan("s\(id)") }
        for id in 1...50 { try await office.plan("w\(id)", .whatsapp) }
        try await office.deliver([.sms: [busy], .whatsapp: [other]])
        #expect(other.requests.count == 50)
        // A batch at most left before the first answer said wait.
        #expect(busy.requests.count <= 16)
    }
}
