/// Why there is no answer.
///
/// An HTTP status of any kind is an answer, not an error.
public enum HTTPClientError: Error, Sendable, Equatable {
    /// What is wrong with a request that was never tried.
    public enum RequestDefect: String, Sendable {
        /// Not an absolute http or https URL (for mails smtp or smtps), or one with raw white space in it.
        case url
        /// A header name that is no token, or a line break in a value.
        case header
        /// A body under GET or HEAD.
        case bodyWithoutPurpose = "body_without_purpose"
        /// An envelope address that is no plain ASCII address.
        case address
        /// A mail that is empty, or whose lines are too long or not ended by CRLF.
        case message
    }

    /// The host's name has no address, or the name server did not say.
    case couldNotResolve
    /// Nobody listens there, the network is away, or the TLS handshake broke off.
    case couldNotConnect
    /// The server's certificate is not one that we trust, or there is no TLS where it is required.
    case untrustedServer
    /// The request's `timeout` or `connectTimeout` went by.
    case timedOut(requestMayHaveBeenSent: Bool)
    /// The connection ended before the answer was complete.
    case connectionLost(requestMayHaveBeenSent: Bool)
    /// The body is larger than the request's `maxResponseBytes`, or the headers larger than 256 KiB.
    case responseTooLarge
    /// The request cannot be sent as it stands.
    case malformedRequest(RequestDefect)
    /// What came back is not HTTP.
    case malformedResponse
    /// The calling task was cancelled.
    case cancelled(requestMayHaveBeenSent: Bool)
    /// The client was shut down.
    case shutDown(requestMayHaveBeenSent: Bool)
    /// Anything else, with libcurl's number for it (-1: no thread or handle could be made).
    case other(code: Int, requestMayHaveBeenSent: Bool)

    /// False only where it is proven that no byte of the request left.
    ///
    /// D-11 rests on it: a message goes to the next provider, or out again, only after a definite refusal or a false here.
    public var requestMayHaveBeenSent: Bool {
        switch self {
        case .couldNotResolve, .couldNotConnect, .untrustedServer, .malformedRequest: false
        case .responseTooLarge, .malformedResponse: true
        case .timedOut(let sent), .connectionLost(let sent), .cancelled(let sent), .shutDown(let sent), .other(_, let sent): sent
        }
    }

    /// True where the same request may well succeed later.
    public var isTransient: Bool {
        switch self {
        case .couldNotResolve, .couldNotConnect, .timedOut, .connectionLost, .shutDown: true
        case .untrustedServer, .responseTooLarge, .malformedRequest, .malformedResponse, .cancelled, .other: false
        }
    }

    /// A word from a bounded set, for metrics.
    public var label: String {
        switch self {
        case .couldNotResolve: "could_not_resolve"
        case .couldNotConnect: "could_not_connect"
        case .untrustedServer: "untrusted_server"
        case .timedOut: "timed_out"
        case .connectionLost: "connection_lost"
        case .responseTooLarge: "response_too_large"
        case .malformedRequest: "malformed_request"
        case .malformedResponse: "malformed_response"
        case .cancelled: "cancelled"
        case .shutDown: "shut_down"
        case .other: "other"
        }
    }
}

extension HTTPClientError: CustomStringConvertible {
    /// The label and what is known of the sending; no URL, header or body.
    public var description: String {
        let detail =
            switch self {
            case .malformedRequest(let defect): " (\(defect.rawValue))"
            case .other(let code, _): " (libcurl \(code))"
            default: ""
            }
        return "\(label)\(detail), \(requestMayHaveBeenSent ? "request may have been sent" : "nothing sent")"
    }
}
