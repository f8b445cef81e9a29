internal import API
private import Crypto
internal import HTTPServer
internal import Postgres
internal import Primitives
internal import Webhooks

/// Takes in what providers tell: proved, looked up, committed, answered.
struct WebhookIntake: Sendable {
    /// What was taken in of one request.
    struct Receipt: Sendable {
        var events = 0
        var duplicates = 0
        /// Whether all of it had come before.
        var isDuplicate: Bool { events > 0 && events == duplicates }
    }

    /// Events of one array that are under way at once: a large one must not fill the queue of writes by itself.
    private static let atOnce = 200
    /// Rows evaluated anew at once: each may have a body of megabytes.
    private static let page = 20

    private let backend: Backend
    private let setting: WebhookSetting
    private let trust: WebhookGuard
    private let lookUp: Coalescer<ReceivedEvent, Circumstances>

    init(_ backend: Backend, _ setting: WebhookSetting) {
        self.backend = backend
        self.setting = setting
        trust = WebhookGuard(setting, backend.reads)
        let reading = EventLookUp(addresses: setting.addresses)
        lookUp = Coalescer { events in
            try await backend.reads.read { session throws(PostgresError) in try reading.read(events, session) }
        }
    }

    /// Takes in a request.
    ///
    /// - Throws: 401, 403 and 404 for what is not believed, 400 for what cannot be read, 503 when it should be sent again.
    func take(_ request: HTTPServerRequest, from source: WebhookSource) async throws(Problem) -> Receipt {
        let received = WebhookRequest(
            method: request.method, url: setting.publicURL + request.target,
            headers: request.headers.map { ($0.name, $0.value) }, body: request.body)
        let account = try await trust.account(of: received, from: source)
        let now = Timestamp.now()
        let parts: [(event: WebhookEvent, body: [UInt8])]
        do throws(WebhookError) { parts = try source.read(received, at: now) } catch { throw WebhookGuard.problem(error) }
        // As operators may see them: no control characters.
        let target = String(
            String.UnicodeScalarView(request.target.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }.prefix(2000)))
        let type = request.header("Content-Type").map { String($0.filter { !$0.isNewline && $0 != "\0" }.prefix(256)) }
        let events = parts.map { part in
            ReceivedEvent(
                source: source, account: account, event: part.event, body: part.body, contentType: type, target: target,
                receivedAt: now)
        }
        return try await take(events)
    }

    private func take(_ events: [ReceivedEvent]) async throws(Problem) -> Receipt {
        if events.count == 1 { return Receipt(events: 1, duplicates: try await take(events[0]) ? 0 : 1) }
        var receipt = Receipt(events: events.count)
        for start in stride(from: 0, to: events.count, by: Self.atOnce) {
            let results = await withTaskGroup(of: Result<Bool, Problem>.self) { group in
                for event in events[start..<min(start + Self.atOnce, events.count)] {
                    group.addTask {
                        do throws(Problem) { return .success(try await take(event)) } catch { return .failure(error) }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // All of them have ended, so that what one of them met keeps none of its neighbours from being stored.
            for result in results where try !result.get() { receipt.duplicates += 1 }
        }
        return receipt
    }

    /// Whether an event was new.
    private func take(_ event: ReceivedEvent) async throws(Problem) -> Bool {
        let circumstances: Circumstances
        do {
            circumstances = try await lookUp.ask(event)
        } catch {
            throw error as? Problem ?? .defect(error)
        }
        if circumstances.isStored { return false }
        return try await backend.commits.commit(EventWrite(event, circumstances, setting)) == EventWrite.stored
    }

    // MARK: Anew

    /// Evaluates anew what operators have marked (`relance inbound replay`, `rematch`), until cancelled. Any number of instances
    /// may: a row is settled once.
    func run() async {
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            var after: Int64 = 0
            while let last = await takeAnew(after: after), !Task.isCancelled { after = last }
        }
    }

    /// One page.
    ///
    /// - Returns: the last row of it; nil when there are no more.
    private func takeAnew(after id: Int64) async -> Int64? {
        let rows = try? await backend.reads.read { session throws(PostgresError) in
            try session.query(.findWaitingEvents, [.int(id), .int(Self.page)]).map { row throws(PostgresError) in
                try StoredEvent(row, setting)
            }
        }
        guard let rows, let last = rows.last else { return nil }
        for row in rows { _ = try? await take(row.event) }
        return last.id
    }
}

/// An event out of the database, to be read once more.
private struct StoredEvent: Sendable {
    let id: Int64
    let event: ReceivedEvent

    init(_ row: PostgresRow, _ setting: WebhookSetting) throws(PostgresError) {
        id = try row.int("id")
        let (provider, account, key) = (try row.text("provider"), try row.text("account"), try row.text("event_key"))
        let target = try row.text("target")
        let type = try row.optionalText("content_type")
        let receivedAt = try row.timestamp("received_at")
        let body = Hex.decode(try row.text("body")) ?? []
        let path = String(target.prefix { $0 != "?" })
        let source = WebhookSource(rawValue: path) ?? WebhookSource.allCases.first { $0.provider == provider } ?? .stripe
        let ownName =
            switch source {
            case .twilioInbound, .twilioStatus: setting.twilio?.name
            case .greenAPI: setting.greenAPI?.name
            default: String?.none
            }
        let own = account == WebhookAccount.standard ? ownName : nil
        // An array was stored element by element.
        let isElement = source == .sendGridEvents && body.first == UInt8(ascii: "{")
        let request = WebhookRequest(
            url: target, headers: type.map { [("Content-Type", $0)] } ?? [],
            body: isElement ? [UInt8(ascii: "[")] + body + [UInt8(ascii: "]")] : body)
        let read = (try? source.read(request, at: receivedAt))?.first?.event
        event = ReceivedEvent(
            source: source, account: WebhookAccount(name: account, providerName: own ?? account),
            event: WebhookEvent(key: key, type: read?.type ?? "unreadable", content: read?.content ?? .other), body: [],
            contentType: type, target: target, receivedAt: receivedAt, storedID: id)
    }
}

extension SQLStatement {
    fileprivate static let findWaitingEvents = SQLStatement(embedded: PackageResources.find_waiting_events_sql)
}
