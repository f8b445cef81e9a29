private import CMicroHTTPD

/// One request being read and answered; lives from its request line to libmicrohttpd's "completed".
///
/// Used only within the callbacks of its connection, which come one at a time.
final class Exchange {
    /// What the reading has come to.
    private enum Progress {
        case fresh
        case reading
        case waiting(PendingReply)
        case answered
    }

    private let core: ServerCore
    private let guest: Guest
    private var request: HTTPServerRequest
    private let isAdmitted: Bool
    private var progress = Progress.fresh
    private var limit = 0
    private var unread: @Sendable (Int) -> HTTPServerResponse = HTTPServerResponse.unread
    private var handler: (@Sendable (HTTPServerRequest) -> HTTPServerReply)?
    private var isTooLarge = false
    private var discarded = 0
    /// What each body has for itself; what is beyond is held of what all share.
    private static let ownBytes = 64 << 10
    private var held = 0
    private var hasNoRoom = false

    init(_ core: ServerCore, of guest: Guest, target: String) {
        self.core = core
        self.guest = guest
        request = HTTPServerRequest(method: "", target: target, peer: guest.address)
        isAdmitted = core.enter()
        core.guests.beginRequest(guest)
    }

    /// Takes one call of the access handler: headers, a piece of the body, the end of it, or the waking.
    ///
    /// - Returns: False to end the connection.
    func proceed(_ connection: OpaquePointer, method: String, piece: UnsafeRawBufferPointer) -> Bool {
        switch progress {
        case .fresh:
            guard isAdmitted else { return false }
            progress = .reading
            return begin(connection, method: method)
        case .reading where !piece.isEmpty: return take(piece)
        case .reading: return answer(connection)
        case .waiting(let reply):
            // Woken, though not always by us: without an answer it sleeps on.
            guard let response = reply.response else { return true }
            core.remove(reply)
            return send(response, connection)
        case .answered: return true
        }
    }

    /// Tells the core that nobody waits any more.
    func end() {
        if case .waiting(let reply) = progress { core.remove(reply) }
        core.guests.rest(guest)
        core.release(held)
        core.leave()
    }

    /// Lets the server decide by the headers, and refuses a body that is announced as too large before any of it is read.
    private func begin(_ connection: OpaquePointer, method: String) -> Bool {
        request.method = method
        request.headers = headers(connection)
        switch core.decide(request) {
        case .answer(let response): return send(response, connection)
        case .read(let limit, let unread, let handler):
            self.limit = limit
            self.unread = unread
            self.handler = handler
            let announced = request.header("Content-Length").map { Int($0) ?? .max } ?? 0
            return announced <= limit || send(unread(413), connection)
        }
    }

    /// Keeps a piece. Past the limit nothing is kept, and past twice the limit (a chunked body without end) the connection ends.
    private func take(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard request.body.count + piece.count <= limit else {
            guard !isTooLarge || discarded + piece.count <= limit else { return false }
            isTooLarge = true
            discarded += piece.count
            return true
        }
        let beyond = max(0, request.body.count + piece.count - max(Self.ownBytes, request.body.count))
        if hasNoRoom || !core.hold(beyond) {
            // What was kept goes at once; the rest is read to its end, so that the sender hears why.
            hasNoRoom = true
            request.body = []
            discarded += piece.count
            return discarded <= limit
        }
        held += beyond
        request.body.append(contentsOf: piece)
        return true
    }

    private func answer(_ connection: OpaquePointer) -> Bool {
        core.guests.endRequest(guest)
        if hasNoRoom { return send(unread(503), connection) }
        guard !isTooLarge, let handler else { return send(unread(413), connection) }
        switch handler(request) {
        case .now(let response): return send(response, connection)
        case .later(let work):
            let reply = PendingReply(suspending: connection)
            progress = .waiting(reply)
            guard core.add(reply) else { return true }
            // A task of its own, as no Swift task called us; the core knows it and ends it at the stop.
            reply.adopt(Task { reply.settle(await work()) })
            return true
        }
    }

    private func send(_ response: HTTPServerResponse, _ connection: OpaquePointer) -> Bool {
        progress = .answered
        switch response.delivery {
        case .dropped: return false
        case .reset:
            relance_mhd_reset_on_close(connection)
            return false
        case .whole, .truncated, .dripped:
            return ResponseHandle.copy(response, closing: core.isStopping)?.queue(connection, status: response.status) ?? false
        }
    }

    private func headers(_ connection: OpaquePointer) -> [HTTPServerField] {
        var fields: [HTTPServerField] = []
        fields.reserveCapacity(12)
        withUnsafeMutablePointer(to: &fields) { list in
            _ = MHD_get_connection_values(
                connection, .HEADER_KIND,
                { list, _, name, value in
                    guard let list, let name else { return .YES }
                    let fields = list.assumingMemoryBound(to: [HTTPServerField].self)
                    fields.pointee.append(HTTPServerField(String(cString: name), value.map { String(cString: $0) } ?? ""))
                    return .YES
                }, list)
        }
        return fields
    }
}
