internal import API
private import Crypto
private import FoundationEssentials
internal import Messaging
internal import Postgres
private import Primitives
internal import Providers
public import Queue
internal import Webhooks

/// An event of a provider's, with everything that follows from it in one commit (D-40): stored raw and once, activity and
/// alerts, delivery status and suppression, STOP and START, who was in a call, Stripe's job.
///
/// One event is one write, also where a provider sends a thousand in an array: one that the database refuses harms none of its
/// neighbours. What a repetition might do besides is safe to do again: the unique key decides about the activity, ranks about
/// statuses, and the look-up before the commit leaves out all but those that come at the same moment.
struct EventWrite: Write {
    let event: ReceivedEvent
    let circumstances: Circumstances
    private let addresses: AddressBook?
    private let stripeTenant: String
    private let activity: InboundActivity?

    static let kind = "webhook"
    var size: Int { event.body.count }
    var order: (String, String) { (event.key.provider + " " + event.key.account, event.key.event) }

    /// Who comes into a room may undo a no-show, and with it what concerns the lead's other appointments.
    var schedulingTenant: String? { event.room == nil || circumstances.appointmentID == nil ? nil : circumstances.tenantID }

    init(_ event: ReceivedEvent, _ circumstances: Circumstances, _ setting: WebhookSetting) {
        self.event = event
        self.circumstances = circumstances
        addresses = setting.addresses
        stripeTenant = setting.stripeTenant
        activity = InboundActivity(event, circumstances)
    }

    /// What is stored of what became of it.
    private var outcome: String {
        switch event.event.content {
        case .status: circumstances.tenantID == nil ? "unknown_message" : "recorded"
        case .inbound:
            event.message == nil
                ? "ignored" : circumstances.leadID != nil ? "logged" : circumstances.tenantID == nil ? "unrouted" : "unmatched"
        case .room: circumstances.appointmentID == nil ? "unknown_room" : "recorded"
        case .billing: "queued"
        case .other: "ignored"
        }
    }

    // MARK: Statements

    static func statements(for batch: [EventWrite]) -> [(SQLStatement, [PostgresValue])] {
        let (fresh, anew) = (firsts(of: batch), batch.filter { $0.event.storedID != nil })
        var statements: [(SQLStatement, [PostgresValue])] = []
        if !fresh.isEmpty { statements.append((.storeEvents, store(fresh))) }
        if !anew.isEmpty { statements.append((.settleEvents, settle(anew))) }
        let events = fresh + anew
        // Then in one order for all transactions: appointments, messages of ours, addresses, conversations, jobs.
        statements += CallEvidence.statements(for: events.map { ($0.event, $0.circumstances) })
        let reports = events.filter { $0.circumstances.tenantID != nil }.compactMap(\.event.report)
        if !reports.isEmpty { statements.append(MessageStatuses.record(reports)) }
        statements += words(of: fresh)
        statements += conversations(of: events)
        let jobs = events.compactMap(\.job)
        if !jobs.isEmpty { statements.append(JobQueue.enqueue(jobs)) }
        return statements
    }

    /// New events, each once: an array may hold the same one twice, and a batch the requests of a provider in a hurry.
    private static func firsts(of batch: [EventWrite]) -> [EventWrite] {
        var seen: Set<ReceivedEvent.Key> = []
        return batch.filter { $0.event.storedID == nil && seen.insert($0.event.key).inserted }
    }

    private static func store(_ batch: [EventWrite]) -> [PostgresValue] {
        [
            .texts(batch.map(\.circumstances.tenantID)), .texts(batch.map(\.event.source.provider)),
            .texts(batch.map(\.event.account.name)), .texts(batch.map(\.event.event.key)), .texts(batch.map(\.event.kind)),
            .texts(batch.map(\.event.event.type)), .texts(batch.map(\.event.target)), .texts(batch.map(\.event.contentType)),
            .byteStrings(batch.map(\.event.body)), .texts(batch.map { $0.storedMatch?.rawValue }),
            .texts(batch.map(\.circumstances.leadID)), .texts(batch.map(\.addressHash)), .texts(batch.map(\.masked)),
            .texts(batch.map(\.outcome)),
        ] + activities(batch)
    }

    private static func settle(_ batch: [EventWrite]) -> [PostgresValue] {
        [
            .ints(batch.compactMap(\.event.storedID)), .texts(batch.map(\.circumstances.tenantID)),
            .texts(batch.map { $0.storedMatch?.rawValue }), .texts(batch.map(\.circumstances.leadID)),
            .texts(batch.map(\.addressHash)), .texts(batch.map(\.masked)), .texts(batch.map(\.outcome)),
        ] + activities(batch)
    }

    private static func activities(_ batch: [EventWrite]) -> [PostgresValue] {
        [
            .texts(batch.map(\.activity?.id)), .texts(batch.map(\.activity?.channel.rawValue)),
            .texts(batch.map(\.activity?.snippet)), .texts(batch.map(\.activity?.meta)),
        ]
    }

    private var storedMatch: Circumstances.Match? { event.message.map { _ in circumstances.match ?? .unmatched } }
    private var addressHash: String? { event.message.flatMap { addresses?.hash($0.sender) } }
    private var masked: String? { event.message.map { AddressBook.masked($0.sender) } }

    /// STOP and START count for every tenant on the sender (D-43), by mail for the tenant alone. Never anew: between a word and
    /// its replay there may have been another one.
    private static func words(of batch: [EventWrite]) -> [(SQLStatement, [PostgresValue])] {
        var words: [(order: [String], at: Timestamp, statement: JobQueue.Bound)] = []
        for write in batch {
            guard let message = write.event.message, let word = message.optOut, !message.isAutomatic,
                let hash = write.addressHash, let masked = write.masked
            else { continue }
            let instant = Timestamp(microseconds: Int64(message.occurredAt * 1_000_000))
            guard let channel = MessageChannel(rawValue: message.channel.rawValue), channel != .email else {
                if word == .optOut, let tenant = write.circumstances.tenantID {
                    words.append(
                        (
                            [tenant, "email", hash], instant,
                            Unsubscription(tenantID: tenant, channel: .email, addressHash: hash).statement
                        ))
                }
                continue
            }
            for name in write.senders(of: message) {
                let sender = SharedSender(channel: channel, provider: message.provider, sender: name)
                words.append(
                    (
                        [name, channel.rawValue, hash], instant,
                        word == .optOut
                            ? sender.optOut(hash, masked: masked, at: instant) : sender.optIn(hash, at: instant)
                    ))
            }
        }
        return words.sorted {
            $0.order == $1.order ? $0.at < $1.at : $0.order.lexicographicallyPrecedes($1.order)
        }.map(\.statement)
    }

    /// The environment's own sender where no tenant's was written to. An account of a tenant's speaks for no other's sender.
    private func senders(of message: InboundMessage) -> [String] {
        if !circumstances.senders.isEmpty { return circumstances.senders }
        guard event.account.name == WebhookAccount.standard else { return [] }
        return [message.recipient ?? event.account.providerName]
    }

    private static func conversations(of batch: [EventWrite]) -> [(SQLStatement, [PostgresValue])] {
        let rows = batch.compactMap { write -> (tenant: String, channel: String, hash: String, account: String, at: Timestamp)? in
            guard let message = write.event.message, message.channel != .email, let tenant = write.circumstances.tenantID,
                let hash = write.addressHash
            else { return nil }
            let instant = Timestamp(microseconds: Int64(message.occurredAt * 1_000_000))
            return (tenant, message.channel.rawValue, hash, write.circumstances.conversationAccount, instant)
        }
        if rows.isEmpty { return [] }
        return [
            (
                .noteInbound,
                [
                    .texts(rows.map(\.tenant)), .texts(rows.map(\.channel)), .texts(rows.map(\.hash)),
                    .texts(rows.map(\.account)), .timestamps(rows.map(\.at)),
                ]
            )
        ]
    }

    /// Stripe's events are evaluated by their reconciler, which fetches the object anew (D-60). Ids only (D-93).
    private var job: NewJob? {
        guard let billing = event.billing else { return nil }
        return NewJob(
            tenantID: stripeTenant, kind: .stripeEvent, dedupeKey: "\(event.account.name):\(event.event.key)",
            args: String(
                decoding: JSON.object([
                    .init("account", .string(event.account.name)), .init("event", .string(billing.id)),
                ]).bytes, as: UTF8.self))
    }

    // MARK: Answers

    static let stored = Answer.json(["success": true])
    static let duplicate = Answer.json(["success": true, "duplicate": true])

    static func answers(
        to batch: [EventWrite], from rows: [PostgresRows]
    ) throws(PostgresError) -> [Result<Answer, Problem>] {
        let (fresh, anew) = (firsts(of: batch), batch.filter { $0.event.storedID != nil })
        var place = 0
        var isNew: [ReceivedEvent.Key: Bool] = [:]
        for group in [fresh, anew] where !group.isEmpty {
            guard rows[place].count == group.count else { throw .data(statement: "store_events", "not a row for each event") }
            for (index, write) in group.enumerated() { isNew[write.event.key] = try rows[place][index].bool("is_new") }
            place += 1
        }
        var told: Set<ReceivedEvent.Key> = []
        return batch.map { write in
            .success(isNew[write.event.key] == true && told.insert(write.event.key).inserted ? stored : duplicate)
        }
    }
}

extension JobKind {
    /// An event of Stripe's that has come in: owned by stripe-reconciler, parked until that is there (D-83).
    public static let stripeEvent = JobKind(name: "stripe.event", queue: "billing")
}

extension SQLStatement {
    fileprivate static let storeEvents = SQLStatement(embedded: PackageResources.store_events_sql)
    fileprivate static let settleEvents = SQLStatement(embedded: PackageResources.settle_events_sql)
    fileprivate static let noteInbound = SQLStatement(embedded: PackageResources.note_inbound_sql)
}
