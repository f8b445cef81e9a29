public import HTTPClient

extension Twilio {
    private struct Success: Decodable {
        let sid: LooseText?
        let status: LooseText?
        let error_code: LooseText?
    }

    /// Both forms: `{code, message, more_info, status}` and RFC 9457's `{type, title, status, code, detail}`.
    private struct Failure: Decodable {
        let code: LooseText?
        let message: LooseText?
        let title: LooseText?
        let detail: LooseText?

        var words: String { message?.text ?? detail?.text ?? title?.text ?? "" }
    }

    /// Reads the answer to `POST …/Messages.json`. Nothing is safe to replay.
    public func answer(to result: Result<HTTPResponse, HTTPClientError>) -> ProviderAnswer {
        switch result {
        case .failure(let error): .withoutAnswer(error, replayIsSafe: false)
        case .success(let response) where (200..<300).contains(response.status): success(response)
        case .success(let response): failure(response)
        }
    }

    private func success(_ response: HTTPResponse) -> ProviderAnswer {
        guard let body = response.json(Success.self), let sid = body.sid?.text, Twilio.isMessageSID(sid) else {
            return .unreadable(response, replayIsSafe: false)
        }
        // `failed` means that it never left Twilio, and no callback reports a status that the answer already held.
        if body.status?.text == "failed" {
            let code = body.error_code?.text.flatMap { Int($0) }
            return refusal(code, fallback: .permanent, response, message: "failed at once")
        }
        return .accepted(providerID: sid)
    }

    private func failure(_ response: HTTPResponse) -> ProviderAnswer {
        let body = response.json(Failure.self)
        let code = body?.code?.text.flatMap { Int($0) }
        let message = Redaction.message(body?.words ?? "")
        let name = code.map { String($0) } ?? response.statusCode
        let common = ProviderAnswer.common(response, code: name, message: message, replayIsSafe: false)
        let fallback: Refusal.Kind = response.status == 401 || response.status == 403 ? .configuration : .permanent
        return common ?? refusal(code, fallback: fallback, response, message: message)
    }

    private func refusal(_ code: Int?, fallback: Refusal.Kind, _ response: HTTPResponse, message: String) -> ProviderAnswer {
        let name = code.map { String($0) } ?? response.statusCode
        switch code.flatMap({ TwilioErrorCode.meaning[$0] }) ?? .refused(fallback) {
        case .refused(.retry(let after)):
            return .refused(Refusal(code: name, kind: .retry(after: response.retryAfter ?? after), message: message))
        case .refused(let kind): return .refused(Refusal(code: name, kind: kind, message: message))
        case .open: return .unknown(Uncertainty(code: name, reason: message, replayIsSafe: false))
        }
    }

    /// `SM` or `MM` and 32 hexadecimal digits.
    static func isMessageSID(_ text: String) -> Bool {
        text.utf8.count == 34 && (text.hasPrefix("SM") || text.hasPrefix("MM")) && text.dropFirst(2).allSatisfy(\.isHexDigit)
    }
}
