import Content
import Crypto
import Messaging
import Postgres
import Primitives
import Providers
import Queue
import Reminders
import Runtime
import Schema
import Synchronization
import TestSupport

/// Delivers an agenda's messages to a carrier that keeps them: the network's edge, and nothing else, is not real.
final class Mailroom: Carrier {
    private let prepared = Mutex<[String: Parcel]>([:])
    private let carried = Mutex<[Parcel]>([])
    let provider = Provider.outbox
    let recovery = Recovery.impossible
    /// A new one each time: business time stands still here, and a message that waits for a gate would wait for ever.
    var gate: ProviderGate { ProviderGate() }

    private let setting: ReminderSource.Setting

    /// - Parameters: as in `ReminderSource.Setting`.
    init(
        linkKeys: SignedLinkKeys? = nil, videoToken: ReminderSource.VideoToken? = nil,
        onTemplateFailure: (@Sendable (String, String, ContentError) -> Void)? = nil
    ) {
        setting = ReminderSource.Setting(
            sender: Mailbox(name: "Relance", address: "relance@example.com"), apiURL: "https://api.example.com",
            linkKeys: linkKeys,
            frontendURL: "https://app.example.com", videoToken: videoToken, onTemplateFailure: onTemplateFailure)
    }

    /// Everything that left, in order.
    var parcels: [Parcel] { carried.withLock { $0 } }

    /// Bodies of the mails and texts that left, in order.
    var texts: [String] {
        parcels.map { parcel in
            switch parcel.composition {
            case .mail(let mail, _, _, _): "\(mail.subject)\n\(mail.text)"
            case .text(let text, _): text.body
            case .notice, .skip: ""
            }
        }
    }

    /// Subjects of the mails that left, in order, with plain spaces.
    var subjects: [String] {
        texts.map { String($0.prefix { $0 != "\n" }).replacing(/[\u{A0}\u{202F}]/, with: " ") }
    }

    func prepare(_ parcel: Parcel) throws -> PreparedRequest {
        prepared.withLock { $0[parcel.attemptID] = parcel }
        return PreparedRequest(
            provider: .outbox, endpoint: parcel.attemptID, contentType: "text/plain", body: "x",
            idempotencyKey: parcel.idempotencyKey)
    }

    func carry(_ request: PreparedRequest) async -> ProviderAnswer {
        if let parcel = prepared.withLock({ $0[request.endpoint] }) { carried.withLock { $0.append(parcel) } }
        return .accepted(providerID: request.endpoint)
    }

    /// Performs every job that is due at a business time.
    @discardableResult
    func deliver(_ agenda: Agenda, at instant: Timestamp, failpoints: Failpoints = .none) async throws -> DrainReport {
        func connection() -> PostgresConnection {
            PostgresConnection(PostgresConfiguration(url: agenda.database.workerURL, applicationName: "deliverer"))
        }
        let deliverer = Deliverer(
            sources: [ReminderSource(setting)], carriers: Carriers([.email: [self], .sms: [self], .whatsapp: [self]]),
            connection: connection(), addresses: AddressBook(hashKey: Secret("0123456789abcdef"), allowed: []),
            time: .fixed(instant), limits: Deliverer.Limits(inFlightPerChannel: 64, lease: .seconds(30)), failpoints: failpoints,
            log: Log(level: .error))
        let drainer = Drainer(
            deliverer, connection: connection(), holder: "test", policy: Drainer<Deliverer>.Policy(), failpoints: failpoints,
            log: Log(level: .error))
        return try await drainer.drain(
            .untilEmpty, at: .fixed(instant), until: .now + .seconds(30), wake: WakeSignal(), termination: Termination())
    }
}
