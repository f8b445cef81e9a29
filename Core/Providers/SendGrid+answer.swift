public import HTTPClient

extension SendGrid {
    private struct Failure: Decodable {
        struct Item: Decodable {
            let message: LooseText?
            let field: LooseText?
        }
        let errors: [Item]?
    }

    /// Reads the answer to `POST /v3/mail/send`: success is 202 with an empty body and the id in a header.
    ///
    /// Nothing is safe to replay. A 202 without the id is unknown: it may be some gateway's, and the event webhook will tell.
    public func answer(to result: Result<HTTPResponse, HTTPClientError>) -> ProviderAnswer {
        switch result {
        case .failure(let error): .withoutAnswer(error, replayIsSafe: false)
        case .success(let response) where response.status == 202:
            if let id = response.headers["X-Message-Id"], (1...256).contains(id.utf8.count) {
                .accepted(providerID: id)
            } else {
                .unreadable(response, replayIsSafe: false)
            }
        case .success(let response) where (200..<300).contains(response.status): .unreadable(response, replayIsSafe: false)
        case .success(let response): failure(response)
        }
    }

    private func failure(_ response: HTTPResponse) -> ProviderAnswer {
        let first = response.json(Failure.self)?.errors?.first
        let field = first?.field?.text.map { "\($0): " } ?? ""
        let message = Redaction.message(field + (first?.message?.text ?? ""))
        let code = response.statusCode
        switch response.status {
        case 401, 403: return .refused(Refusal(code: code, kind: .configuration, message: message))
        default:
            return .common(response, code: code, message: message, replayIsSafe: false)
                ?? .refused(Refusal(code: code, kind: .permanent, message: message))
        }
    }
}
