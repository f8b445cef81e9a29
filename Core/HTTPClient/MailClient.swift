internal import Synchronization

/// Sends mails to a relay over connections that it keeps.
///
/// **Lanes.** libcurl waits for the answer to a message's end without letting other transfers of the same thread go on
/// (`smtp_done` in 7.88). So each lane is a thread with one connection, which no slow answer elsewhere holds up; HTTP has
/// threads of its own. A mail goes to the lane with the fewest, and waits there within its time-out. A lane's thread starts with
/// its first mail.
public final class MailClient: Sendable {
    private let lanes: [HTTPClient]
    private let load: Mutex<[Int]>

    /// A client; makes no thread or connection yet.
    ///
    /// - Parameter lanes: The most mails at once, and connections to the relay; relays often allow no more than ten or twenty.
    public init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration(), lanes: Int = 8) {
        var configuration = configuration
        configuration.maxConnections = 1
        configuration.maxConnectionsPerHost = 1
        self.lanes = (0..<max(1, lanes)).map { [configuration] _ in HTTPClient(configuration) }
        load = Mutex(Array(repeating: 0, count: max(1, lanes)))
    }

    /// Sends a mail and waits for the relay's last word.
    ///
    /// - Returns: The reply to the message, or the one that ended the exchange before; 2xx alone means that the mail was taken.
    /// - Throws: `HTTPClientError` when there is no such reply. Its `requestMayHaveBeenSent` is false unless the whole message was
    ///   handed over: until then a relay has nothing that it could deliver. Cancelling gives a mail up before that; later the
    ///   relay's answer, or the time-out, is waited for.
    public func send(_ mail: MailTransfer) async throws(HTTPClientError) -> MailReply {
        let lane = load.withLock { load in
            let lane = load.indices.min { load[$0] < load[$1] } ?? 0
            load[lane] += 1
            return lane
        }
        defer { load.withLock { $0[lane] -= 1 } }
        let response = try await lanes[lane].send(mail)
        return MailReply(response, stage: response.headers["Stage"].flatMap { MailReply.Stage(rawValue: $0) } ?? .message)
    }

    /// Gives up what waits, and takes no more; returns at once.
    public func shutdown() {
        for lane in lanes { lane.shutdown() }
    }
}
