public import HTTPClient

extension SMTP {
    /// Reads a relay's last word, or the lack of one. Nothing is safe to replay.
    ///
    /// The code of a refusal is the enhanced one where there is one: `5.1.1` and its kin say that the address is good for nothing any
    /// more (`isDeadAddress`).
    public func answer(to result: Result<MailReply, HTTPClientError>, messageID: String) -> ProviderAnswer {
        switch result {
        case .failure(let error): return .withoutAnswer(error, replayIsSafe: false)
        case .success(let reply) where (200..<300).contains(reply.code): return .accepted(providerID: messageID)
        case .success(let reply):
            let code = reply.enhancedCode ?? "smtp_\(reply.code)"
            return .refused(Refusal(code: code, kind: Self.kind(reply), message: Redaction.message(reply.text)))
        }
    }

    /// Whether a refusal's code says that there is no such mailbox: no such user, host or mailbox any more, or one that was closed
    /// (RFC 3463 §3.2 and §3.3; RFC 7505 for 5.1.10).
    public static func isDeadAddress(_ code: String) -> Bool {
        ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"].contains(code)
    }

    private static func kind(_ reply: MailReply) -> Refusal.Kind {
        // 4xx is for now: a full queue, a busy server, a list of greylisted senders, which lets us in after some minutes.
        guard reply.code >= 500 else {
            let isGreylisted = reply.enhancedCode == "4.7.1" || reply.text.lowercased().contains("greylist")
            return .retry(after: isGreylisted ? .seconds(300) : nil)
        }
        switch reply.stage {
        // Before there is any talk of this mail, it is about us.
        case .greeting, .encryption, .login, .sender:
            return ["5.3.4", "5.2.3"].contains(reply.enhancedCode) || reply.code == 552 ? .permanent : .configuration
        case .recipient: return isAboutUs(reply, mayRelay: false) ? .configuration : .permanent
        case .message: return isAboutUs(reply, mayRelay: true) ? .configuration : .permanent
        }
    }

    /// Whether the relay refuses our account or our sender rather than this recipient or these words.
    ///
    /// 5.7.1, the commonest of the policy codes, is "we do not relay for you" at the recipient and "this looks like spam" after the
    /// message.
    private static func isAboutUs(_ reply: MailReply, mayRelay: Bool) -> Bool {
        switch reply.enhancedCode {
        case "5.7.0"?, "5.7.1"?: return !mayRelay
        case "5.1.7"?, "5.1.8"?: return true
        case let code? where code.hasPrefix("5.7."): return true
        case .some: return false
        case nil: break
        }
        if [530, 534, 535, 538].contains(reply.code) { return true }
        return !mayRelay && reply.text.lowercased().contains("relay")
    }
}
