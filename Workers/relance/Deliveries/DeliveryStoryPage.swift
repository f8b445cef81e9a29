import Primitives

/// The story of one message as a person reads it: what it is, what happened, what stands against it, what to do.
struct DeliveryStoryPage {
    let story: DeliveryStory
    let terminal: Terminal

    private var delivery: DeliveryStory.Delivery { story.delivery }

    /// The page's lines.
    var lines: [String] {
        head + facts + section("Attempts to send", attempts) + section("Job", jobs) + section("Against it now", holds)
            + section("By hand", actions) + section("What to do next", steps)
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["", Style.strong.applied(to: title, on: terminal)] + lines
    }

    private func folded(_ text: String, indent: String = "  ") -> [String] {
        Paragraph.lines(text, indent: indent, on: terminal)
    }

    private var head: [String] {
        let state = StateStyle.style(of: delivery.state).applied(to: delivery.state, on: terminal)
        let line = "Message \(delivery.id): \(delivery.kind) \(delivery.step) by \(delivery.channel), \(state)"
        return [line] + (delivery.reason.map { folded(CodeWords.explained($0)) } ?? [])
    }

    private var facts: [String] {
        var facts = [
            (
                "about",
                "\(delivery.tenantId)/\(delivery.subject)\(delivery.revision > 0 ? ", revision \(delivery.revision)" : "")"
            ),
            (
                "to",
                delivery.recipientType == "none"
                    ? "nobody"
                    : "\(delivery.recipientType) \(delivery.recipientId)\(story.address.map { " \($0)" } ?? ""), \(delivery.messageClass)"
            ),
            ("due", Instant.text(delivery.dueAt)),
            ("expires", Instant.text(delivery.expiresAt) + (story.isExpired ? ", which is past" : "")),
        ]
        if delivery.deferrals > 0 {
            let times = delivery.deferrals == 1 ? "once" : "\(delivery.deferrals) times"
            facts.append(("deferred", "\(times), last by \(delivery.deferredBy.map(CodeWords.explained) ?? "–")"))
        }
        if let sentAt = delivery.sentAt {
            let late = delivery.latenessS.map { ", \(Age.text($0)) late" } ?? ""
            facts.append(("sent", "\(Instant.text(sentAt)) by \(delivery.provider ?? "–")\(late)\(cost)"))
        }
        if !reported.isEmpty { facts.append(("reported", reported)) }
        if let original = delivery.fallbackOf { facts.append(("in place of", "WhatsApp message \(original)")) }
        if let fallback = story.fallback { facts.append(("replaced by", "SMS message \(fallback.id), \(fallback.state)")) }
        return ["", CommandHelp.aligned(facts)]
    }

    private var cost: String {
        let cents = delivery.costMicroeuros / 10_000
        return cents == 0 ? "" : ", \(Money.text(cents: cents))"
    }

    /// What the provider has said of it since.
    private var reported: String {
        let instants = [
            ("delivered", delivery.deliveredAt), ("read", delivery.readAt), ("opened", delivery.openedAt),
            ("clicked", delivery.clickedAt),
        ].compactMap { word, instant in instant.map { "\(word) \(Instant.text($0))" } }
        let isTold = instants.contains { $0.hasPrefix(delivery.reported ?? " ") }
        return ((isTold ? [] : [delivery.reported].compactMap { $0 }) + instants).joined(separator: ", ")
    }

    private var attempts: [String] {
        story.attempts.enumerated().flatMap { number, attempt in
            let outcome = attempt.outcome ?? "in the open"
            let style: Style =
                switch attempt.outcome {
                case "accepted": .good
                case "unknown", nil: .warning
                default: .bad
                }
            let account = attempt.account == "default" ? "" : " (account \(attempt.account))"
            let asked =
                attempt.reconciliations == 0
                ? "" : ", asked again \(attempt.reconciliations == 1 ? "once" : "\(attempt.reconciliations) times")"
            var lines = [
                "  \(number + 1)  \(Instant.text(attempt.openedAt))  \(attempt.provider)\(account)  "
                    + style.applied(to: outcome.replacingUnderscores, on: terminal) + asked
            ]
            if let code = attempt.code { lines += folded(CodeWords.explained(code), indent: "     ") }
            if let message = attempt.message, !message.isEmpty { lines += folded("“\(message)”", indent: "     ") }
            lines.append("     attempt \(attempt.id)")
            if let id = attempt.providerId { lines.append("     provider's id \(id)") }
            return lines
        }
    }

    private var jobs: [String] {
        story.jobs.flatMap { job in
            let reason = job.reason.map { " (\($0))" } ?? ""
            let bound = job.maxAttempts.map { " of \($0)" } ?? ""
            let when = ["scheduled", "retryable"].contains(job.state) ? ", runs at \(Instant.text(job.runAt))" : ""
            let state = StateStyle.style(of: job.state).applied(to: job.state, on: terminal)
            var lines = ["  \(job.id) \(state)\(reason)\(when), attempts \(job.attempts)\(bound): relance jobs show \(job.id)"]
            if let last = job.errors.last, let error = last.error {
                let count = job.errors.count > 1 ? "last of \(job.errors.count) errors" : "error"
                lines += folded("\(count), \(last.at.map(Instant.text) ?? "–"): \(error)", indent: "    ")
            }
            return lines
        }
    }

    private var holds: [String] {
        var lines = story.holds.flatMap { hold in
            let since = hold.since.map { " since \(Instant.text($0))" } ?? ""
            return folded(
                Style.warning.applied(to: hold.kind.replacingUnderscores, on: terminal) + since
                    + (hold.detail.map { ": \($0)" } ?? ""))
        }
        if !story.isAddressKnown && delivery.channel != "in_app" {
            lines += folded("Suppressions were not looked for: set ADDRESS_HASH_KEY as the workers have it.")
        }
        return lines
    }

    private var actions: [String] {
        story.actions.flatMap { action in
            folded(
                "\(Instant.text(action.doneAt))  \(action.operator)  \(action.action)\(action.reason.map { ": \($0)" } ?? "")")
        }
    }

    private var steps: [String] {
        story.nextSteps.flatMap { step in folded(step.text) + (step.command.map { ["    " + $0] } ?? []) }
    }
}

extension String {
    fileprivate var replacingUnderscores: String { String(map { $0 == "_" ? " " : $0 }) }
}
