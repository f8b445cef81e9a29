private import CPostgres
private import Glibc

/// Owner of a `PGconn`. Frees it on every path: `open` adopts first and checks after.
///
/// The corresponding C functions are `PQconnectdbParams` and `PQfinish`.
struct PostgresHandle: ~Copyable {
    let raw: OpaquePointer

    init(adopting raw: OpaquePointer) { self.raw = raw }

    deinit { PQfinish(raw) }

    /// Connects, waiting no longer than the configuration's connect time-out for each host.
    ///
    /// Blocks, on the connection's own thread: only the blocking form gives up on a silent host and tries the next one.
    static func open(_ configuration: PostgresConfiguration) throws(PostgresError) -> PostgresHandle {
        if let fault = faultOfURL(configuration.url) { throw .cannotConnect(fault) }
        let keywords = configuration.keywords
        let opened = withCStrings(keywords.map(\.0)) { names in
            withCStrings(keywords.map(\.1)) { values in PQconnectdbParams(names, values, 1) }
        }
        guard let opened else { throw .cannotConnect("out of memory") }
        let handle = PostgresHandle(adopting: opened)
        guard PQstatus(handle.raw) == CONNECTION_OK, PQsetnonblocking(handle.raw, 1) == 0 else { throw handle.cannotConnect() }
        // Notices (`relation exists, skipping`) would land on stderr between the log lines.
        PQsetNoticeProcessor(handle.raw, { _, _ in }, nil)
        return handle
    }

    /// What is wrong with a URL that libpq would misread: without quoting it, as libpq's own message does, because the piece
    /// it stumbles over is often one of the password.
    private static func faultOfURL(_ url: String) -> String? {
        let advice = "the database URL cannot be read: reserved characters in a password are written percent-encoded"
        // Anything else is a database's name.
        guard url.contains("=") || url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else { return nil }
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &message)
        defer {
            PQfreemem(message)
            PQconninfoFree(options)
        }
        guard var option = options else { return advice }
        while let keyword = option.pointee.keyword {
            let value = option.pointee.val.map { String(cString: $0) } ?? ""
            switch String(cString: keyword) {
            case "host" where value.contains("@"): return advice
            case "port" where !value.utf8.allSatisfy({ (48...57).contains($0) || $0 == UInt8(ascii: ",") }): return advice
            default: option += 1
            }
        }
        return nil
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
