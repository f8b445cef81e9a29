internal import Primitives
public import HTTPClient

extension GreenAPI {
    private struct Success: Decodable {
        let idMessage: LooseText?
    }

    private struct Failure: Decodable {
        let message: LooseText?
        let error: LooseText?
        let description: LooseText?

        var words: String { message?.text ?? description?.text ?? error?.text ?? "" }
    }

    /// Reads the answer to `sendMessage`. Nothing is safe to replay.
    public func answer(to result: Result<HTTPResponse, HTTPClientError>) -> ProviderAnswer {
        switch result {
        case .failure(let error): .withoutAnswer(error, replayIsSafe: false)
        case .success(let response) where (200..<300).contains(response.status):
            if let id = response.json(Success.self)?.idMessage?.text, (1...256).contains(id.utf8.count) {
                .accepted(providerID: id)
            } else {
                .unreadable(response, replayIsSafe: false)
            }
        case .success(let response): failure(response)
        }
    }

    private func failure(_ response: HTTPResponse) -> ProviderAnswer {
        // A 400 comes as JSON or as bare words.
        let words = response.json(Failure.self)?.words ?? String(decoding: response.body.prefix(2000), as: UTF8.self)
        // A gateway may quote the path, and the token is in it.
        let message = Redaction.message(words.replacing(token.reveal(), with: "[secret]"))
        func refused(_ code: String, _ kind: Refusal.Kind) -> ProviderAnswer {
            .refused(Refusal(code: code, kind: kind, message: message))
        }
        switch response.status {
        case 400:
            let (code, kind) = Self.meaning(words.lowercased()) ?? (response.statusCode, .permanent)
            return refused(code, kind)
        // A wrong token, a blocked or a deleted instance; 466 is the plan's quota, which comes back with the month.
        case 401, 403, 404: return refused(response.statusCode, .configuration)
        case 466: return refused("quota_exceeded", .configuration)
        case 429:
            // Rates are per second, and the request was not looked at.
            return refused(response.statusCode, .retry(after: max(response.retryAfter ?? .zero, .seconds(1))))
        default:
            return .common(response, code: response.statusCode, message: message, replayIsSafe: false)
                ?? refused(response.statusCode, .permanent)
        }
    }

    /// What a 400 says in words only (providers page, §2.4).
    private static func meaning(_ words: String) -> (String, Refusal.Kind)? {
        if words.contains("starting process") { return ("instance_starting", .retry(after: .seconds(60))) }
        if words.contains("not authorized") { return ("not_authorized", .configuration) }
        if words.contains("correspondents") || words.contains("quota") { return ("quota_exceeded", .configuration) }
        return nil
    }
}
