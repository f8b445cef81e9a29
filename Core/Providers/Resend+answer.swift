public import HTTPClient

extension Resend {
    private struct Success: Decodable {
        let id: String?
    }

    private struct Failure: Decodable {
        let name: LooseText?
        let message: LooseText?
    }

    /// Reads the answer to `POST /emails`, by status first and name second.
    ///
    /// Wherever the outcome is unknown the same key and bytes may be replayed, except after `invalid_idempotent_request`: other
    /// bytes hold that key, so something has been taken in under it.
    public func answer(to result: Result<HTTPResponse, HTTPClientError>) -> ProviderAnswer {
        switch result {
        case .failure(let error): .withoutAnswer(error, replayIsSafe: true)
        case .success(let response) where (200..<300).contains(response.status):
            if let id = response.json(Success.self)?.id, (1...256).contains(id.utf8.count) {
                .accepted(providerID: id)
            } else {
                .unreadable(response, replayIsSafe: true)
            }
        case .success(let response): failure(response)
        }
    }

    private func failure(_ response: HTTPResponse) -> ProviderAnswer {
        let body = response.json(Failure.self)
        // An old release spelled `invalid_api_Key`.
        let name = body?.name?.text.flatMap { Redaction.label($0.lowercased()) }
        let code = name ?? response.statusCode
        let message = Redaction.message(body?.message?.text ?? "")
        func refused(_ kind: Refusal.Kind) -> ProviderAnswer { .refused(Refusal(code: code, kind: kind, message: message)) }
        switch (response.status, name) {
        case (409, _):
            return .unknown(
                Uncertainty(
                    code: code, reason: message, replayIsSafe: name != "invalid_idempotent_request",
                    retryAfter: response.retryAfter))
        case (401, _), (403, _), (451, _): return refused(.configuration)
        // The quota comes back in a day or a month: too long for one message, so the channel stops.
        case (429, "daily_quota_exceeded"), (429, "monthly_quota_exceeded"): return refused(.configuration)
        default: return .common(response, code: code, message: message, replayIsSafe: true) ?? refused(.permanent)
        }
    }
}
