private import FoundationEssentials
internal import Messaging
internal import Postgres
private import Primitives
private import Providers
internal import Webhooks

/// What must be known of events before they are committed, asked for many at once.
///
/// Nothing is locked by it: what changes between the look-up and the commit is at worst a lead that is found a moment late, and
/// an event that was stored meanwhile is refused by its unique key.
struct EventLookUp: Sendable {
    /// Nil only where no provider of messages is configured.
    let addresses: AddressBook?

    /// Reads the circumstances of each, in order.
    func read(_ events: [ReceivedEvent], _ session: PostgresSession) throws(PostgresError) -> [Circumstances] {
        var found = [Circumstances](repeating: Circumstances(), count: events.count)
        var statements: [(SQLStatement, [PostgresValue])] = []
        var readers: [(PostgresRows, inout [Circumstances]) throws(PostgresError) -> Void] = []
        func ask(
            _ statement: SQLStatement, _ values: [PostgresValue],
            _ read: @escaping (PostgresRows, inout [Circumstances]) throws(PostgresError) -> Void
        ) {
            statements.append((statement, values))
            readers.append(read)
        }
        let all = Array(events.enumerated())
        let fresh = all.filter { $0.element.storedID == nil }
        if !fresh.isEmpty {
            let keys = fresh.map(\.element.key)
            ask(
                .findKnownEvents,
                [
                    Self.ordinals(fresh), .texts(keys.map(\.provider)), .texts(keys.map(\.account)), .texts(keys.map(\.event)),
                ]
            ) { rows, found throws(PostgresError) in
                for index in 0..<rows.count { found[try Self.place(rows[index])].isStored = true }
            }
        }
        let reports = all.filter { $0.element.report != nil }
        if !reports.isEmpty {
            ask(
                .findReported,
                [
                    Self.ordinals(reports), .texts(reports.map(\.element.source.provider)),
                    .texts(reports.map(\.element.account.name)), .texts(reports.map(\.element.account.providerName)),
                    .texts(reports.map { $0.element.report?.attemptID.flatMap { UUID(uuidString: $0) }?.uuidString }),
                    .texts(reports.map(\.element.report?.providerID)),
                ]
            ) { rows, found throws(PostgresError) in
                for index in 0..<rows.count {
                    found[try Self.place(rows[index])].tenantID = try rows[index].text("tenant_id")
                }
            }
        }
        let rooms = all.flatMap { ordinal, event in
            Self.readings(of: event.room?.room).map { (offset: ordinal, tenant: $0.tenant, appointment: $0.appointment) }
        }
        if !rooms.isEmpty {
            ask(
                .findRooms,
                [.ints(rooms.map { Int64($0.offset) }), .texts(rooms.map(\.tenant)), .texts(rooms.map(\.appointment))]
            ) { rows, found throws(PostgresError) in
                for index in 0..<rows.count {
                    let place = try Self.place(rows[index])
                    found[place].tenantID = try rows[index].text("tenant_id")
                    found[place].appointmentID = try rows[index].text("appointment_id")
                }
            }
        }
        if let addresses {
            let messages = all.compactMap { offset, event in event.message.map { (offset: offset, event: event, message: $0) } }
            if !messages.isEmpty {
                ask(.findSenders, Self.values(messages, addresses)) { rows, found throws(PostgresError) in
                    try Self.match(rows, messages.map { ($0.offset, $0.message) }, &found)
                }
            }
        }
        for (rows, read) in zip(try session.batch(statements), readers) { try read(rows, &found) }
        return found
    }

    private static func ordinals(_ events: [(offset: Int, element: ReceivedEvent)]) -> PostgresValue {
        .ints(events.map { Int64($0.offset) })
    }

    private static func place(_ row: PostgresRow) throws(PostgresError) -> Int { Int(try row.int("ordinal")) }

    /// Every way to read a room's name as tenant and appointment.
    private static func readings(of room: String?) -> [(tenant: String, appointment: String)] {
        guard let room else { return [] }
        return room.indices.filter { room[$0] == ":" }.prefix(8).map {
            (String(room[..<$0]), String(room[room.index(after: $0)...]))
        }
    }

    // MARK: Messages

    private static func values(
        _ messages: [(offset: Int, event: ReceivedEvent, message: InboundMessage)], _ addresses: AddressBook
    ) -> [PostgresValue] {
        [
            .ints(messages.map { Int64($0.offset) }), .texts(messages.map(\.message.channel.rawValue)),
            .texts(messages.map(\.event.source.provider)), .texts(messages.map(\.event.account.name)),
            .texts(messages.map(\.event.account.providerName)), .texts(messages.map(\.message.recipient)),
            .texts(messages.map { addresses.hash($0.message.sender) }),
            .texts(messages.map { $0.message.senderPhone.map { String($0.suffix(7)) } }),
            .texts(messages.map { $0.message.channel == .email ? $0.message.sender : nil }),
        ]
    }

    /// Of the leads that came back for each message, those that have the very address.
    private static func match(
        _ rows: PostgresRows, _ messages: [(offset: Int, message: InboundMessage)], _ found: inout [Circumstances]
    ) throws(PostgresError) {
        let byPlace = Dictionary(uniqueKeysWithValues: messages.map { ($0.offset, $0.message) })
        for index in 0..<rows.count {
            let row = rows[index]
            let place = try place(row)
            guard let message = byPlace[place] else { continue }
            found[place].tenantID = try row.optionalText("tenant_id")
            found[place].senders = try row.optionalText("senders").map { $0.split(separator: "\u{1F}").map(String.init) } ?? []
            found[place].conversationAccount = try row.text("conversation_account")
            if found[place].match == nil { found[place].match = .unmatched }
            guard let leadID = try row.optionalText("lead_id"), try isSender(message, row) else { continue }
            if found[place].leadID == nil {
                found[place].leadID = leadID
                found[place].match = .matched
            } else {
                found[place].match = .ambiguous
            }
        }
    }

    private static func isSender(_ message: InboundMessage, _ row: PostgresRow) throws(PostgresError) -> Bool {
        guard message.channel != .email else { return true }
        guard let phone = try row.optionalText("phone"), let region = try row.optionalText("region") else { return false }
        return AddressBook.phoneNumber(phone, region: region) == message.senderPhone
    }
}

extension SQLStatement {
    fileprivate static let findKnownEvents = SQLStatement(embedded: PackageResources.find_known_events_sql)
    fileprivate static let findReported = SQLStatement(embedded: PackageResources.find_reported_sql)
    fileprivate static let findRooms = SQLStatement(embedded: PackageResources.find_rooms_sql)
    fileprivate static let findSenders = SQLStatement(embedded: PackageResources.find_senders_sql)
}
