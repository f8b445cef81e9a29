internal import HTTPClient
private import FoundationEssentials

extension ProviderAnswer {
    /// What the lack of an answer says: only when no byte left is it definite.
    static func withoutAnswer(_ error: HTTPClientError, replayIsSafe: Bool) -> ProviderAnswer {
        guard !error.requestMayHaveBeenSent else {
            return .unknown(Uncertainty(code: error.label, reason: error.description, replayIsSafe: replayIsSafe))
        }
        let kind: Refusal.Kind =
            switch error {
            case .malformedRequest: .permanent
            case .untrustedServer: .configuration
            default: .retry(after: nil)
            }
        return .refused(Refusal(code: error.label, kind: kind, message: error.description))
    }

    /// A success whose body or headers do not hold what a success of this provider holds.
    static func unreadable(_ response: HTTPResponse, replayIsSafe: Bool) -> ProviderAnswer {
        .unknown(
            Uncertainty(
                code: "unreadable_success", reason: "status \(response.status) without the provider's id",
                replayIsSafe: replayIsSafe))
    }

    /// What every provider's status means when nothing more particular is known; nil for a plain 4xx.
    ///
    /// A 5xx may come after the message was taken in, and so may the 408 of a gateway. A redirect means a wrong base URL.
    static func common(_ response: HTTPResponse, code: String, message: String, replayIsSafe: Bool) -> ProviderAnswer? {
        switch response.status {
        case 300..<400: .refused(Refusal(code: code, kind: .configuration, message: "redirected: wrong base URL"))
        case 429: .refused(Refusal(code: code, kind: .retry(after: response.retryAfter), message: message))
        case 400..<500 where response.status != 408: nil
        default:
            .unknown(Uncertainty(code: code, reason: message, replayIsSafe: replayIsSafe, retryAfter: response.retryAfter))
        }
    }
}

extension HTTPResponse {
    /// The body as JSON of a form; nil when it is empty, HTML or anything else.
    func json<Value: Decodable>(_ type: Value.Type) -> Value? {
        body.first == UInt8(ascii: "{") ? try? JSONDecoder().decode(type, from: Data(body)) : nil
    }

    /// The body as a JSON list, without the elements of another form; nil when it is no list.
    func jsonList<Element: Decodable>(_ element: Element.Type) -> [Element]? {
        body.first == UInt8(ascii: "[")
            ? (try? JSONDecoder().decode([Lossy<Element>].self, from: Data(body)))?.compactMap(\.value) : nil
    }

    /// `http_503`: the code where the provider gives none.
    var statusCode: String { "http_\(status)" }
}

/// Text that may come as a number, a truth value, null, or not at all.
struct LooseText: Decodable {
    let text: String?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        text = (try? container.decode(String.self)) ?? (try? container.decode(Int.self)).map { String($0) }
    }
}

/// A value that may be of another form than is expected, and is nothing then.
struct Lossy<Value: Decodable>: Decodable {
    let value: Value?

    init(from decoder: any Decoder) throws {
        value = try? Value(from: decoder)
    }
}

/// Bytes in base 64.
func base64(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString()
}
