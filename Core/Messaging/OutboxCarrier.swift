public import Content
private import Glibc
public import Primitives
public import Providers

/// Writes mails as `.eml` files: for development, demonstrations, and sites that fetch their mail from a folder.
///
/// The file's name is the idempotency key, and it appears whole or not at all (written aside, synced, linked): a repetition
/// finds it there, so a lost answer can always be asked for again.
public struct OutboxCarrier: Carrier {
    private let directory: String
    private let sender: Mailbox
    private let now: @Sendable () -> Timestamp
    private let writer = OutboxWriter()
    public let gate = ProviderGate()

    /// - Parameters:
    ///   - directory: OUTBOX_DIR; created when missing.
    ///   - now: for the Date header.
    public init(directory: String, sender: Mailbox, now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }) {
        self.directory = directory
        self.sender = sender
        self.now = now
    }

    public var provider: Provider { .outbox }

    public var recovery: Recovery { .repeated(within: .seconds(48 * 3600)) }

    public func prepare(_ parcel: Parcel) throws -> PreparedRequest {
        guard case .mail(let mail, let own, let replyTo, let to) = parcel.composition else { throw CarrierError.wrongForm }
        let file = MailFile(
            from: own ?? sender, to: to, replyTo: replyTo.map { Mailbox(name: "", address: $0) }, mail: mail,
            messageID: "\(parcel.idempotencyKey)@relance.invalid", date: Self.date(now()))
        return PreparedRequest(
            provider: .outbox,
            endpoint: "\(parcel.tenantID.filter(Self.isPlain).prefix(40))-\(parcel.idempotencyKey.prefix(32)).eml",
            contentType: "message/rfc822", body: String(decoding: try file.bytes(), as: UTF8.self),
            idempotencyKey: parcel.idempotencyKey)
    }

    public func carry(_ request: PreparedRequest) async -> ProviderAnswer {
        do {
            try await writer.write(Array(request.body.utf8), to: request.endpoint, in: directory)
            return .accepted(providerID: request.endpoint)
        } catch {
            let (code, message) = ("outbox_\(error.code)", String(cString: strerror(error.code)))
            // Usually nothing is there under the name: a definite no, with the reason (disk full, no such folder, no permission).
            return error.isWritten
                ? .unknown(Uncertainty(code: code, reason: message, replayIsSafe: true))
                : .refused(Refusal(code: code, kind: .retry(after: nil), message: message))
        }
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "-")
    }

    /// RFC 5322 §3.3.
    private static func date(_ instant: Timestamp) -> String {
        let text = instant.description
        let days = Int(instant.seconds / 86_400)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((days % 7) + 7) % 7]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let fields = text.split { "-T:Z".contains($0) }
        let month = Int(fields[1]).map { months[$0 - 1] } ?? "Jan"
        return "\(weekday), \(fields[2]) \(month) \(fields[0]) \(fields[3]):\(fields[4]):\(fields[5].prefix(2)) +0000"
    }
}

/// Writes the outbox's files on a thread of its own: each waits for the disk.
private actor OutboxWriter {
    /// A system call failed.
    struct Failure: Error {
        let code: Int32
        /// The file is there under its name, but may not survive a loss of power.
        var isWritten = false
    }

    private let executor = ThreadExecutor()

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Puts bytes under a name, unless there is something already.
    func write(_ bytes: [UInt8], to name: String, in directory: String) throws(Failure) {
        let path = "\(directory)/\(name)"
        if access(path, F_OK) == 0 { return }
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw Failure(code: errno) }
        let aside = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
        let descriptor = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        defer { unlink(aside) }
        let failure = Self.fill(descriptor, bytes)
        close(descriptor)
        if let failure { throw Failure(code: failure) }
        if link(aside, path) != 0, errno != EEXIST { throw Failure(code: errno) }
        try Self.synchronize(directory)
    }

    private static func fill(_ descriptor: Int32, _ bytes: [UInt8]) -> Int32? {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return errno }
            written += max(0, count)
        }
        return fsync(descriptor) == 0 ? nil : errno
    }

    /// Makes the new name durable: the ledger is about to say that the mail was sent.
    private static func synchronize(_ directory: String) throws(Failure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(code: errno, isWritten: true) }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw Failure(code: errno, isWritten: true) }
    }
}
