internal import API
private import Crypto
internal import HTTPServer
public import Redis

/// What the handlers of routes work with.
public struct Backend: Sendable {
    /// Writes.
    public let commits: GroupCommit
    /// Reads.
    public let reads: ReadPool
    /// Nil where REDIS_URL is not set.
    public let redis: RedisConnection?
    /// What is counted.
    public let metrics: IngestMetrics

    /// Commits the write that a request asks for, once if it carries an Idempotency-Key.
    func commit<Path, Query, Content>(
        _ write: some Write, for call: Call<Path, Query, Content>
    ) async throws(Problem) -> Answer {
        try await commits.commit(write, key: try Self.key(of: call))
    }

    /// The Idempotency-Key, quoted or bare (D-45).
    static func key<Path, Query, Content>(of call: Call<Path, Query, Content>) throws(Problem) -> IdempotencyKey? {
        guard let header = call.request.header("Idempotency-Key") else { return nil }
        let isQuoted = header.utf8.count >= 2 && header.hasPrefix("\"") && header.hasSuffix("\"")
        let key = isQuoted ? String(header.dropFirst().dropLast()) : header
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalid([(.header, Fault(Pointer(["Idempotency-Key"]), "must be 1 to 255 visible ASCII characters"))])
        }
        let request = Array("\(call.request.method) \(call.request.target)\n".utf8) + call.request.body
        return IdempotencyKey(tenantID: call.caller.tenantID, key: key, requestHash: SHA256.hex(request))
    }
}
