/// Where one rule stands with a lead: one function of what is known, and the sentence for it.
enum LeadRuleState: Equatable, Sendable {
    /// Nobody asks; with the reason.
    case leftAlone(String)
    /// It holds, and its alert stands.
    case open(since: String)
    /// Its alert stands, about what was before the last contact.
    case renewed
    /// Its alert stands and is about to end: nothing holds any more, or another one says more.
    case ending(by: String?)
    /// It holds, and another one that holds says more (D-33).
    case quiet(by: String)
    /// It holds, and somebody has dealt with it (D-31).
    case resolvedByHand(at: String, by: String?, reason: String?)
    /// It holds, and the next look raises its alert.
    case due
    /// It will hold, if nothing happens; another one may say more then.
    case ahead(at: String, quietBy: String?)
    /// Time alone will not bring it about.
    case away

    /// For programs.
    var word: String {
        switch self {
        case .leftAlone: "left_alone"
        case .open: "open"
        case .renewed: "renewed"
        case .ending: "ending"
        case .quiet: "quiet"
        case .resolvedByHand: "resolved_by_hand"
        case .due: "due"
        case .ahead: "ahead"
        case .away: "away"
        }
    }

    /// In words.
    var sentence: String {
        switch self {
        case .leftAlone(let reason): "not asked: \(reason)"
        case .open(let since): "alert open since \(since)"
        case .renewed: "alert open, about an earlier silence: the next look ends it and raises a new one"
        case .ending(nil): "does not hold any more: the next look ends its alert"
        case .ending(let other?): "gives way to \(other): the next look ends its alert"
        case .quiet(let other): "holds, kept quiet by \(other)"
        case .resolvedByHand(let at, let by, let reason):
            "holds; resolved by hand at \(at)\(by.map { " by \($0)" } ?? "")\(reason.map { " (\($0))" } ?? ""), so it stays away"
        case .due: "holds: the next look raises an alert"
        case .ahead(let at, nil): "not yet: due \(at) if nothing happens"
        case .ahead(let at, let other?): "not yet: due \(at) if nothing happens, kept quiet by \(other) then"
        case .away: "does not hold, and time alone will not change that"
        }
    }

    /// How much it asks for attention.
    var style: Style {
        switch self {
        case .open, .due, .renewed: .warning
        case .ending: .good
        case .leftAlone, .quiet, .resolvedByHand, .away: .faint
        case .ahead: .plain
        }
    }
}

extension LeadStory {
    /// Where a rule stands. What is to be done is the generator's own comparison; this only finds the words.
    func state(of rule: Rule) -> LeadRuleState {
        let alert = openAlert(of: rule)
        switch verbs[rule.type] {
        case "raise": return .due
        case "renew": return .renewed
        case "supersede": return .ending(by: rule.mutedBy)
        case "resolve": return .ending(by: nil)
        default: break
        }
        if let reason = leftAloneReason { return .leftAlone(reason) }
        if let alert { return .open(since: Instant.text(alert.createdAt)) }
        if rule.holds {
            if let other = rule.mutedBy { return .quiet(by: other) }
            let alert = resolvedByHand(rule)
            return .resolvedByHand(
                at: alert?.resolvedAt.map(Instant.text) ?? "some time", by: alert?.resolvedActor, reason: alert?.resolvedReason)
        }
        if let dueAt = rule.dueAt { return .ahead(at: Instant.text(dueAt), quietBy: rule.dueMutedBy) }
        return .away
    }

    /// Why no rule is asked, in words.
    var leftAloneReason: String? {
        switch lead.leftAlone {
        case nil: nil
        case "no_thresholds": "\(lead.tenant) has no row in alert_thresholds"
        case "erased": "the lead's data was erased\(lead.erasedAt.map { " at \(Instant.text($0))" } ?? "")"
        case "blacklisted": "the lead is on the blacklist\(lead.blacklisted.map(words) ?? "")"
        case let status?: "the lead is \(status)"
        }
    }

    private func words(_ entry: Lead.Entry) -> String {
        let end = entry.until.map { " until \(Instant.text($0))" } ?? ""
        let reason = entry.reason.map { ": \($0)" } ?? ""
        return " since \(Instant.text(entry.since))\(end) (\(entry.source), by \(entry.by)\(reason))"
    }

    /// What a rule that holds goes by; what one that does not asks for.
    func evidence(of rule: Rule) -> String? {
        guard let thresholds else { return nil }
        guard rule.holds, let anchor = rule.anchorAt.map(Instant.text) else { return Self.demand(of: rule, thresholds) }
        let facts = rule.facts ?? []
        func fact(_ place: Int) -> String { facts.count > place ? facts[place] ?? "–" : "–" }
        let days = "\(fact(2)) \(fact(2) == "1" ? "day" : "days") by the organisation's calendar"
        let demand = Self.demand(of: rule, thresholds).map { "; \($0)" } ?? ""
        switch rule.type {
        case "NoContact7d", "StaleLead30d": return "no contact since \(anchor), \(days)\(demand)"
        case "NoReply3d": return "our message of \(anchor) has no answer, \(days)\(demand)"
        case "HighValueRisk":
            let amount = Int64(fact(3)).map(Money.text) ?? "–"
            return "a deal of \(amount) and no contact since \(anchor), \(days)\(demand)"
        case "HotLead24h": return "\(fact(2)) inbound within \(fact(3)) h, hot since \(anchor)"
        case "PreferredChannel":
            return "writes by \(fact(3)) (\(fact(2)) of \(fact(5))); our last two went by \(fact(4)), the last at \(anchor)"
        default: return "since \(anchor)"
        }
    }

    /// What a rule asks for, with the organisation's thresholds.
    private static func demand(of rule: Rule, _ thresholds: Thresholds) -> String? {
        switch rule.type {
        case "NoContact7d": "asks for \(Age.text(thresholds.noContactAfterS)) without contact"
        case "NoReply3d": "asks for \(Age.text(thresholds.noReplyAfterS)) after our last message without an answer"
        case "StaleLead30d": "asks for \(Age.text(thresholds.staleAfterS)) without contact"
        case "HighValueRisk":
            """
            asks for a deal above \(Money.text(cents: thresholds.highValueCents)) and \(Age.text(thresholds.highValueAfterS)) \
            without contact
            """
        case "HotLead24h":
            "asks for \(thresholds.hotLeadInbound) inbound within \(Age.text(thresholds.hotLeadWithinS)), none of them answered"
        case "PreferredChannel":
            """
            asks for \(thresholds.preferredInbound) inbound within \(Age.text(thresholds.preferredWithinS)), \
            \(thresholds.preferredPercent) % of them by one channel, and our last two by another
            """
        default: nil
        }
    }
}
