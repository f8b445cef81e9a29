/// One request, as it will be sent.
public struct HTTPRequest: Sendable, Equatable {
    /// The methods that the fleet uses.
    public enum Method: String, Sendable, CaseIterable {
        /// Reads.
        case get = "GET"
        /// Reads the headers alone.
        case head = "HEAD"
        /// Sends; not repeatable by itself.
        case post = "POST"
        /// Replaces.
        case put = "PUT"
        /// Changes in part.
        case patch = "PATCH"
        /// Removes.
        case delete = "DELETE"

        /// True where a repeat does no harm, so that libcurl may repeat it by itself after losing a reused connection.
        var mayRepeat: Bool { self == .get || self == .head }
        /// True where a body may go with the request.
        var mayCarryBody: Bool { !mayRepeat }
    }

    /// What to do.
    public var method: Method
    /// The absolute `http` or `https` URL, percent-encoded already.
    public var url: String
    /// The headers besides `Host`, `Content-Length` and `User-Agent`, which the client adds.
    public var headers: HTTPHeaders
    /// The body; must be empty for GET and HEAD.
    public var body: [UInt8]
    /// The longest that the whole exchange may take, waiting for a connection included.
    public var timeout: Duration
    /// The longest that name look-up, connection and TLS may take.
    public var connectTimeout: Duration
    /// The largest body that is taken in; more fails with `HTTPClientError.responseTooLarge`.
    public var maxResponseBytes: Int

    /// A request; the time-outs suit a provider's API (a lease must outlive `timeout`, see D-11).
    public init(
        _ method: Method = .get,
        url: String,
        headers: HTTPHeaders = HTTPHeaders(),
        body: [UInt8] = [],
        timeout: Duration = .seconds(15),
        connectTimeout: Duration = .seconds(5),
        maxResponseBytes: Int = 1 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maxResponseBytes = maxResponseBytes
    }
}

extension HTTPRequest {
    /// Why this request cannot be sent at all, or nil.
    ///
    /// A line break in a header would let data add headers of its own.
    var defect: HTTPClientError.RequestDefect? {
        guard url.hasPrefix("https://") || url.hasPrefix("http://"), !url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F })
        else {
            return .url
        }
        guard body.isEmpty || method.mayCarryBody else { return .bodyWithoutPurpose }
        for field in headers.fields where !field.isSendable { return .header }
        return nil
    }
}

extension HTTPHeaders.Field {
    /// True for a token as name and a value without line breaks or NUL (RFC 9110 §5).
    fileprivate var isSendable: Bool {
        !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";") }
            && value.utf8.allSatisfy { $0 != 0x0D && $0 != 0x0A && $0 != 0 }
    }
}
