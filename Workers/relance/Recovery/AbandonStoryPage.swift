/// The story of an abandoned visit as a person reads it: who, each step with its decision, what is next.
struct AbandonStoryPage {
    let story: AbandonStory
    let terminal: Terminal

    private var abandon: AbandonStory.Abandon { story.abandon }

    /// The page's lines.
    var lines: [String] {
        let end = abandon.endedReason.map { "ended \(abandon.endedAt.map(Instant.text) ?? "–"): \($0)" } ?? "live"
        return [
            "Abandon \(abandon.id) of \(abandon.formName) (form \(abandon.form), \(abandon.formStatus)), \(abandon.tenant): \(end)"
        ]
            + ["", CommandHelp.aligned(facts)] + ["", Style.strong.applied(to: "Steps", on: terminal)]
            + story.steps.flatMap(lines)
            + ["", Style.strong.applied(to: "What is next", on: terminal)]
            + Paragraph.lines(story.next, indent: "  ", on: terminal)
    }

    private var facts: [(String, String)] {
        var facts = [
            ("visitor", (abandon.email ?? "no address") + (abandon.lead.map { ", lead \($0)" } ?? ", no lead")),
            ("consent", abandon.consent),
            ("captured", Instant.text(abandon.capturedAt)),
            ("last active", Instant.text(abandon.lastActivityAt)),
            ("no mail after", Instant.text(abandon.stopAt)),
        ]
        if let mailedAt = abandon.mailedAt {
            facts.append(
                ("first mail", "\(Instant.text(mailedAt)); a submission until \(Instant.text(abandon.closesAt)) is laid to it"))
        }
        if let isHeldOut = abandon.isHeldOut { facts.append(("hold-out group", isHeldOut ? "yes" : "no")) }
        if let submission = abandon.submission {
            facts.append(("submission", submission + (abandon.recoveredAt == nil ? "" : ", recovered")))
        }
        let since = abandon.activatedAt.map { ", for what is due since \(Instant.text($0))" } ?? ""
        facts.append(("recovery", abandon.isEnabled ? "on\(since)" : "off"))
        return facts
    }

    private func lines(_ step: AbandonStory.Step) -> [String] {
        let head = "  \(step.step.padding(to: 5)) due \(Instant.text(step.dueAt))"
        if step.messages.isEmpty {
            let decision =
                step.isBeforeActivation == true
                ? "before recovery was switched on" : step.isDue ? "not planned" : "ahead"
            return ["\(head)  \(Style.faint.applied(to: decision, on: terminal))"]
        }
        return [head]
            + step.messages.flatMap { message in
                let state = StateStyle.style(of: message.state).applied(to: message.state, on: terminal)
                let sent = message.sentAt.map { " at \(Instant.text($0))" } ?? ""
                let deferred = message.deferredBy.map { ", deferred by \($0) to \(Instant.text(message.dueAt))" } ?? ""
                return ["        \(state)\(sent)\(deferred): relance deliveries explain \(message.id)"]
                    + (message.reason.map { Paragraph.lines(CodeWords.explained($0), indent: "        ", on: terminal) } ?? [])
            }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
