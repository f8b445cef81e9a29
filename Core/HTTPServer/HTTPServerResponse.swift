/// What a handler answers.
public struct HTTPServerResponse: Sendable, Equatable {
    /// How much of the answer reaches the peer; all but `whole` serve to rehearse faults.
    public enum Delivery: Sendable, Equatable {
        /// The answer as it is.
        case whole
        /// The headers announce the whole body, but the connection ends after this many bytes of it.
        case truncated(after: Int)
        /// The body comes a byte at a time, at these intervals. Each such answer keeps one of the server's threads.
        case dripped(every: Duration)
        /// The connection ends without an answer.
        case dropped
        /// The connection is reset without an answer.
        case reset
    }

    /// The status code.
    public var status: Int
    /// The headers besides `Date`, `Connection` and `Content-Length`, which the server adds.
    public var headers: [HTTPServerField]
    /// The body.
    public var body: [UInt8]
    /// How much of it is sent.
    public var delivery: Delivery

    /// An answer out of bytes.
    public init(status: Int = 200, headers: [HTTPServerField] = [], body: [UInt8] = [], delivery: Delivery = .whole) {
        self.status = status
        self.headers = headers
        self.body = body
        self.delivery = delivery
    }

    /// An answer out of text, with its content type.
    public init(status: Int = 200, contentType: String, text: String) {
        self.init(status: status, headers: [HTTPServerField("Content-Type", contentType)], body: Array(text.utf8))
    }

    /// No answer: the connection ends.
    public static let dropped = HTTPServerResponse(status: 0, delivery: .dropped)
    /// No answer: the connection is reset.
    public static let reset = HTTPServerResponse(status: 0, delivery: .reset)
}

/// An answer at once, or work that leads to one.
public enum HTTPServerReply: Sendable {
    /// The answer, given on the connection's own thread: for what needs no waiting.
    case now(HTTPServerResponse)
    /// Work on Swift's pool; the connection sleeps meanwhile and holds up no other.
    case later(@Sendable () async -> HTTPServerResponse)
}

/// What becomes of a request whose headers have come.
public enum HTTPServerDecision: Sendable {
    /// It is answered at once, its body unread.
    case answer(HTTPServerResponse)
    /// Its body is read, up to so many bytes; then it is handled. What cannot be read is answered with `unread`, made only then:
    /// 413 for one that is longer, 503 for one that finds no room beside those of others.
    case read(
        upTo: Int, unread: @Sendable (_ status: Int) -> HTTPServerResponse = HTTPServerResponse.unread,
        then: @Sendable (HTTPServerRequest) -> HTTPServerReply)
}

extension HTTPServerResponse {
    /// For a body that cannot be read.
    public static func unread(_ status: Int) -> HTTPServerResponse {
        HTTPServerResponse(
            status: status, contentType: "application/problem+json", text: #"{"status":\#(status)}"#)
    }
}
