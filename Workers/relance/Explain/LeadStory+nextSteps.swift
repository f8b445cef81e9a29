extension LeadStory {
    /// What comes next and what to type, in the order in which to do it.
    var nextSteps: [NextStep] {
        var steps: [NextStep] = []
        if generator.isBehind {
            steps.append(
                NextStep(
                    "alert-generator last looked at \(Instant.text(generator.evaluatedAt)). Does it run?", "relance status"))
        }
        steps += pending
        for alert in alerts where alert.resolvedAt == nil && !isEnding(alert) {
            if let message = alert.messages.last(where: { ["pending", "sending"].contains($0.state) }) {
                steps.append(
                    NextStep("A message over \(alert.type) is on its way:", "relance deliveries explain \(message.id)"))
            } else if alert.sends {
                steps.append(NextStep("To send what \(alert.type) suggests:", "relance alerts act \(alert.id)"))
            }
            steps.append(NextStep("\(alert.type) is dealt with:", "relance alerts resolve \(alert.id) --reason '…'"))
        }
        if let reason = leftAloneReason { steps.append(NextStep("Nothing: \(reason), and no rule is asked.")) }
        if let change = firstChange { steps.append(change) }
        if steps.isEmpty { steps.append(NextStep("Nothing: no rule holds, and time alone will bring none about.")) }
        return steps
    }

    private func isEnding(_ alert: Alert) -> Bool { ["resolve", "supersede", "renew"].contains(verbs[alert.type]) }

    /// What the generator does as soon as it looks.
    private var pending: [NextStep] {
        let words = ["raise": "raises", "renew": "renews", "resolve": "ends", "supersede": "ends"]
        let deeds = rules.compactMap { rule in verbs[rule.type].flatMap { words[$0] }.map { "\($0) \(rule.type)" } }
        if deeds.isEmpty { return [] }
        let when = generator.isMarked ? "its next tick" : "its next tick, or its nightly look at all leads"
        return [
            NextStep(
                "alert-generator \(deeds.joined(separator: ", ")) with \(when). What it would do for all:",
                "alert-generator --dry-run")
        ]
    }

    /// The next thing that time alone brings about.
    private var firstChange: NextStep? {
        var changes: [(at: String, text: String)] = []
        for rule in rules {
            if let at = rule.dueAt {
                let quiet = rule.dueMutedBy.map { ", kept quiet by \($0)" } ?? ""
                changes.append((at, "\(rule.type) comes due\(quiet)"))
            }
            if let at = rule.givesWayAt, let other = rule.givesWayTo {
                changes.append((at, "\(rule.type) gives way to \(other)"))
            }
            if let at = rule.endsAt { changes.append((at, "\(rule.type) ceases to hold")) }
        }
        guard let first = changes.map(\.at).min() else { return nil }
        let texts = changes.filter { $0.at == first }.map(\.text)
        return NextStep("If nothing happens, at \(Instant.text(first)): \(texts.joined(separator: ", ")).")
    }
}
