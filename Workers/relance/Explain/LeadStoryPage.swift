/// The story of a lead's alerts as a person reads it: who, what is known, each rule, what was before, what is next.
struct LeadStoryPage {
    let story: LeadStory
    let terminal: Terminal

    private var lead: LeadStory.Lead { story.lead }
    private var known: LeadStory.Known { story.known }

    /// The page's lines.
    var lines: [String] {
        [head, "", CommandHelp.aligned(facts)] + section("Rules", rules)
            + section("Alerts that have ended", ended) + section("What is next", steps)
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["", Style.strong.applied(to: title, on: terminal)] + lines
    }

    private func folded(_ text: String, indent: String) -> [String] { Paragraph.lines(text, indent: indent, on: terminal) }

    private var head: String {
        let open = story.alerts.count { $0.resolvedAt == nil }
        let alerts = open == 0 ? "no open alert" : open == 1 ? "1 open alert" : "\(open) open alerts"
        return "Lead \(lead.id) of \(lead.tenant): \(lead.status ?? "not known here, named by activities only"), \(alerts)"
    }

    private var facts: [(String, String)] {
        let addresses = [lead.email, lead.phone].compactMap { $0 }
        var facts = [("reached by", addresses.isEmpty ? "no address" : addresses.joined(separator: ", "))]
        if let consent = lead.consent { facts.append(("marketing", "consent \(consent)")) }
        if let createdAt = lead.createdAt { facts.append(("created", Instant.text(createdAt))) }
        facts += [
            ("last inbound", known.lastInbound.map(words) ?? "none"),
            ("last outbound", known.lastOutbound.map(words) ?? "none"),
            ("last contact", known.lastContactAt.map(Instant.text) ?? "none: the rules go by the day it was created"),
        ]
        if known.notCounted.count > 0 {
            let last = known.notCounted.lastAt.map { ", last \(Instant.text($0))" } ?? ""
            facts.append(("not counted", "\(known.notCounted.count) since\(last): sent by the fleet itself, or failed"))
        }
        if !known.recentInbound.isEmpty, let span = story.thresholds?.preferredWithinS {
            let channels = known.recentInbound.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                .map { "\($0.value) by \($0.key)" }
            facts.append(("inbound", "\(channels.joined(separator: ", ")), within \(Age.text(span))"))
        }
        let deals = known.openDeals
        facts.append(
            ("open deals", deals.largestCents.map { "\(deals.count), the largest \(Money.text(cents: $0))" } ?? "none"))
        facts.append(
            (
                "looked at",
                "up to \(Instant.text(story.generator.evaluatedAt))\(story.generator.isMarked ? "; marked for the next tick" : "")"
            ))
        return facts
    }

    private func words(_ contact: LeadStory.Known.Contact) -> String { "\(Instant.text(contact.at)) by \(contact.channel)" }

    private var rules: [String] {
        guard let reason = story.leftAloneReason else { return story.rules.flatMap(lines) }
        // What stands all the same is about to end.
        return folded("None is asked: \(reason).", indent: "  ")
            + story.rules.filter { story.openAlert(of: $0) != nil }.flatMap(lines)
    }

    private func lines(_ rule: LeadStory.Rule) -> [String] {
        let state = story.state(of: rule)
        let name = rule.type + String(repeating: " ", count: max(0, 18 - rule.type.count))
        var lines = ["  \(name)\(state.style.applied(to: state.sentence, on: terminal))"]
        if story.leftAloneReason == nil, let evidence = story.evidence(of: rule) { lines += folded(evidence, indent: "      ") }
        if let at = rule.givesWayAt, let other = rule.givesWayTo {
            lines += folded("gives way to \(other) at \(Instant.text(at)) if nothing happens", indent: "      ")
        }
        if let at = rule.endsAt { lines += folded("ceases to hold at \(Instant.text(at)) if nothing happens", indent: "      ") }
        if let alert = story.openAlert(of: rule) {
            lines += folded("\(alert.severity): “\(alert.message)”", indent: "      ")
            lines.append("      relance alerts show \(alert.id)")
            lines += alert.messages.flatMap(self.lines)
        }
        return lines
    }

    private var ended: [String] {
        story.alerts.filter { $0.resolvedAt != nil }.flatMap { alert in
            let who = alert.resolvedActor.map { " (\($0))" } ?? ""
            let reason = alert.resolvedReason.map { ": \($0)" } ?? ""
            return folded(
                """
                \(Instant.text(alert.createdAt))  \(alert.type), ended \(alert.resolvedAt.map(Instant.text) ?? "–") by \
                \(alert.resolvedBy ?? "–")\(who)\(reason)
                """, indent: "  ")
                + ["      for what was last at \(Instant.text(alert.anchorAt)): relance alerts show \(alert.id)"]
                + alert.messages.flatMap(lines)
        }
    }

    private func lines(_ message: LeadStory.Alert.Message) -> [String] {
        let state = StateStyle.style(of: message.state).applied(to: message.state, on: terminal)
        let sent = message.sentAt.map { " at \(Instant.text($0))" } ?? ""
        return ["      message by \(message.channel), \(state)\(sent): relance deliveries explain \(message.id)"]
            + (message.reason.map { folded(CodeWords.explained($0), indent: "        ") } ?? [])
    }

    private var steps: [String] {
        story.nextSteps.flatMap { step in folded(step.text, indent: "  ") + (step.command.map { ["    " + $0] } ?? []) }
    }
}
