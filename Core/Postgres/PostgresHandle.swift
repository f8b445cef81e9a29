private import CPostgres
private import Glibc

/// Owner of a `PGconn`. Frees it on every path: `open` adopts first and checks after.
///
/// The corresponding C functions are `PQconnectStartParams` and `PQfinish`.
struct PostgresHandle: ~Copyable {
    let raw: OpaquePointer

    init(adopting raw: OpaquePointer) { self.raw = raw }

    deinit { PQfinish(raw) }

    /// Connects, waiting no longer than the configuration's connect time-out for each host and three times that in all.
    static func open(_ configuration: PostgresConfiguration) throws(PostgresError) -> PostgresHandle {
        let keywords = configuration.keywords
        let started = withCStrings(keywords.map(\.0)) { names in
            withCStrings(keywords.map(\.1)) { values in PQconnectStartParams(names, values, 1) }
        }
        guard let started else { throw .cannotConnect("out of memory") }
        let handle = PostgresHandle(adopting: started)
        let deadline = ContinuousClock.now + configuration.connectTimeout * 3
        var status = PGRES_POLLING_WRITING
        while status != PGRES_POLLING_OK {
            guard status != PGRES_POLLING_FAILED, PQstatus(handle.raw) != CONNECTION_BAD else { throw handle.cannotConnect() }
            let events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT
            guard handle.wait(for: Int16(events), until: deadline) != 0 else { throw .cannotConnect("no answer in time") }
            status = PQconnectPoll(handle.raw)
        }
        guard PQsetnonblocking(handle.raw, 1) == 0 else { throw handle.cannotConnect() }
        // Notices (`relation exists, skipping`) would land on stderr between the log lines.
        PQsetNoticeProcessor(handle.raw, { _, _ in }, nil)
        return handle
    }

    /// Waits for the socket; returns the events that came, 0 at the deadline.
    func wait(for events: Int16, until deadline: ContinuousClock.Instant) -> Int16 {
        while true {
            let (seconds, attoseconds) = (deadline - .now).components
            let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
            guard milliseconds >= 0 else { return 0 }
            var descriptor = pollfd(fd: PQsocket(raw), events: events, revents: 0)
            let ready = poll(&descriptor, 1, Int32(min(milliseconds + 1, 60_000)))
            if ready > 0 { return descriptor.revents }
            if ready < 0 && errno != EINTR { return POLLERRMask }
        }
    }

    // libpq's message names host and user, never the password.
    private func cannotConnect() -> PostgresError {
        let message = String(cString: PQerrorMessage(raw))
        return .cannotConnect(message.split(separator: "\n").joined(separator: "; "))
    }
}

private let POLLERRMask = Int16(POLLERR)

/// Lends a null-terminated array of C strings.
func withCStrings<Result>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result) -> Result {
    var pointers: [UnsafePointer<CChar>?] = strings.map { UnsafePointer(strdup($0)) }
    pointers.append(nil)
    defer { for pointer in pointers { free(UnsafeMutablePointer(mutating: pointer)) } }
    return body(pointers)
}
