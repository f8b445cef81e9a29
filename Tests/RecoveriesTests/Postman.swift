import Content
import Crypto
import Messaging
import Postgres
import Primitives
import Providers
import Queue
import Recoveries
import Runtime
import Schema
import Synchronization
import TestSupport

/// Delivers a reception's mails to a carrier that keeps them: the network's edge, and nothing else, is not real.
final class Postman: Carrier {
    /// A mail that left.
    struct Mail: Sendable {
        let deliveryID: Int64
        let at: Timestamp
        let to: String
        let subject: String
        let text: String
        let html: String
        let headers: [RenderedMail.Header]
    }

    static let keys: SignedLinkKeys? = try? SignedLinkKeys(newestFirst: [Array("another-key-for-tests-0123456789ab".utf8)])

    let provider = Provider.outbox
    let recovery = Recovery.repeated(within: .seconds(3600))
    /// A new one each time: business time stands still here, and a message that waits for a gate would wait for ever.
    var gate: ProviderGate { ProviderGate() }

    private let prepared = Mutex<[String: Parcel]>([:])
    private let carried = Mutex<[String: Mail]>([:])
    private let order = Mutex<[String]>([])
    private let answers = Mutex<@Sendable () -> ProviderAnswer?>({ nil })
    private let now = Mutex<Timestamp>("2026-01-01T00:00:00Z")
    private let onPrepare: @Sendable () -> Void

    /// - Parameter onPrepare: called between the composition of a mail and the claim of its send.
    init(onPrepare: @escaping @Sendable () -> Void = {}) { self.onPrepare = onPrepare }

    /// Everything that left, in order; a repetition under the same key is the same mail.
    var mails: [Mail] {
        let carried = carried.withLock { $0 }
        return order.withLock { $0 }.compactMap { carried[$0] }
    }

    func prepare(_ parcel: Parcel) throws -> PreparedRequest {
        onPrepare()
        prepared.withLock { $0[parcel.idempotencyKey] = parcel }
        return PreparedRequest(
            provider: .outbox, endpoint: parcel.idempotencyKey, contentType: "text/plain", body: "x",
            idempotencyKey: parcel.idempotencyKey)
    }

    func carry(_ request: PreparedRequest) async -> ProviderAnswer {
        let instant = now.withLock { $0 }
        if let parcel = prepared.withLock({ $0[request.endpoint] }), case .mail(let mail, _, _, let to) = parcel.composition {
            let isNew = carried.withLock { carried in
                defer {
                    carried[request.endpoint] =
                        carried[request.endpoint]
                        ?? Mail(
                            deliveryID: parcel.deliveryID, at: instant, to: to.address, subject: mail.subject, text: mail.text,
                            html: mail.html,
                            headers: mail.headers)
                }
                return carried[request.endpoint] == nil
            }
            if isNew { order.withLock { $0.append(request.endpoint) } }
        }
        return answers.withLock { $0() } ?? .accepted(providerID: request.endpoint)
    }

    /// Lets an answer now and then be another than that the mail was taken in, though it was.
    func answer(_ script: @escaping @Sendable () -> ProviderAnswer?) { answers.withLock { $0 = script } }

    /// Performs every job that is due at a business time.
    @discardableResult
    func deliver(_ reception: Reception, at instant: Timestamp, failpoints: Failpoints = .none) async throws -> DrainReport {
        now.withLock { $0 = instant }
        func connection() -> PostgresConnection {
            PostgresConnection(PostgresConfiguration(url: reception.database.workerURL, applicationName: "deliverer"))
        }
        let setting = RecoverySource.Setting(
            apiURL: "https://api.example.com", frontendURL: "https://app.example.com", linkKeys: Self.keys,
            addresses: Reception.addresses)
        let deliverer = Deliverer(
            sources: [RecoverySource(setting)], carriers: Carriers([.email: [self]]), connection: connection(),
            addresses: Reception.addresses, time: .fixed(instant),
            limits: Deliverer.Limits(inFlightPerChannel: 64, lease: .seconds(30)), failpoints: failpoints, log: Log(level: .error)
        )
        let drainer = Drainer(
            deliverer, connection: connection(), holder: "test", policy: Drainer<Deliverer>.Policy(), failpoints: failpoints,
            log: Log(level: .error))
        return try await drainer.drain(
            .untilEmpty, at: .fixed(instant), until: .now + .seconds(30), wake: WakeSignal(), termination: Termination())
    }

    /// What the fleet's programs do in a minute: each hears of what the other has done.
    func tick(_ reception: Reception, at instant: Timestamp) async throws {
        for _ in 0..<2 {
            try await reception.plan(at: instant)
            try await deliver(reception, at: instant)
        }
        try await reception.plan(at: instant)
    }
}
