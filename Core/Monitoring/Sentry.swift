private import FoundationEssentials
internal import HTTPClient
internal import Primitives
private import Synchronization

/// Events and check-ins for one Sentry project.
final class Sentry: Sendable {
    private static let client = "relance/1"

    private let dsn: SentryDSN
    private let payload: SentryPayload
    private let outlet: Outlet
    private let timeout: Duration
    private let limits = Mutex(SentryLimits())

    init(_ dsn: SentryDSN, payload: SentryPayload, over client: HTTPClient, timeout: Duration) {
        self.dsn = dsn
        self.payload = payload
        self.timeout = timeout
        outlet = Outlet(client)
    }

    func report(_ incident: Incident) {
        let (id, now) = (Self.newID(), Timestamp.now())
        send(SentryEnvelope(.event, eventID: id, sentAt: now, payloads: [payload.event(incident, id: id, at: now)]))
    }

    /// - Parameter run: check-ins of one run and schedule are one.
    func checkIn(_ schedules: [String], run: String, status: CheckInStatus, duration: Duration? = nil) {
        let payloads = schedules.map {
            payload.checkIn($0, id: Self.checkInID(run: run, schedule: $0), status: status, duration: duration)
        }
        send(SentryEnvelope(.checkIn, sentAt: .now(), payloads: payloads))
    }

    func flush(by deadline: ContinuousClock.Instant) async { await outlet.flush(by: deadline) }

    private func send(_ envelope: SentryEnvelope) {
        let request = HTTPRequest(
            .post, url: dsn.endpoint,
            headers: [
                "Content-Type": "application/x-sentry-envelope", "X-Sentry-Auth": dsn.authorization(client: Self.client),
            ],
            body: envelope.bytes, timeout: timeout, connectTimeout: timeout, maxResponseBytes: 64 << 10)
        let category = envelope.kind.category
        outlet.post(request) { [self] in
            limits.withLock { $0.allows(category, at: .now) }
        } then: { [self] response in
            limits.withLock { $0.learn(from: response, at: .now) }
        }
    }

    static func newID() -> String { UUID().uuidString.lowercased().filter { $0 != "-" } }

    /// 32 hexadecimal digits: the run's id with the schedule folded into it (FNV-1a), as one run checks in for several.
    static func checkInID(run: String, schedule: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in (run + schedule).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        let digits = String(hash, radix: 16)
        return String(run.filter(\.isHexDigit).prefix(16)) + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
