/// What to do about a message, in the order in which to do it.
struct NextStep: Equatable, Sendable {
    /// Why, in a sentence.
    let text: String
    /// What to type; nil where nothing is to be typed.
    let command: String?

    init(_ text: String, _ command: String? = nil) {
        self.text = text
        self.command = command
    }

    var json: JSONValue { .object([("text", .text(text)), ("command", .optional(command))]) }
}

extension DeliveryStory {
    /// What to do next: one function of what is known.
    var nextSteps: [NextStep] {
        switch delivery.state {
        case "pending": pending
        case "sending": sending
        case "uncertain": uncertain
        case "failed": failed
        case "skipped": skipped
        case "missed":
            [
                NextStep("It is not sent late. Was a program running at the time?", "relance status"),
                NextStep("What else was missed:", "relance deliveries list --state missed --tenant \(delivery.tenantId)"),
            ]
        case "cancelled": [NextStep("Nothing: it is not wanted any more, and is not sent.")]
        default: sent
        }
    }

    private var pending: [NextStep] {
        var steps = holds.compactMap(step)
        if let job, job.isLive {
            switch job.state {
            case "running":
                steps.append(NextStep("It is in hand at this moment. Look again:", "relance deliveries explain \(delivery.id)"))
            case "available":
                steps.append(NextStep("The next tick takes it. Does a program run?", "relance status"))
            default:
                steps.append(
                    NextStep(
                        "It goes by itself at \(Instant.text(job.runAt)). To let it go now:", "relance jobs retry \(job.id)"))
            }
        } else {
            steps.append(NextStep("No job has it in hand. To give it one:", "relance deliveries retry \(delivery.id)"))
        }
        steps.append(NextStep("If it must not go:", "relance deliveries cancel \(delivery.id) --reason '…'"))
        return steps
    }

    private var sending: [NextStep] {
        let next = job.flatMap {
            ["scheduled", "retryable"].contains($0.state) ? " The provider is asked again at \(Instant.text($0.runAt))." : nil
        }
        return [
            NextStep(
                "Wait: its request has left, and no answer came yet. It is decided by itself.\(next ?? "") Look again then:",
                "relance deliveries explain \(delivery.id)"),
            NextStep("If it stays so, no program may be running:", "relance status"),
        ]
    }

    private var uncertain: [NextStep] {
        var steps = [NextStep(placeToLook)]
        steps.append(NextStep("It is there:", "relance deliveries resolve \(delivery.id) --as sent --reason '…'"))
        steps.append(NextStep("It is not there:", "relance deliveries resolve \(delivery.id) --as failed --reason '…'"))
        if isExpired {
            steps.append(NextStep("It has expired: it cannot be sent again, whichever it is."))
        } else {
            steps.append(
                NextStep(
                    "and then, before \(Instant.text(delivery.expiresAt)), once more:", "relance deliveries retry \(delivery.id)")
            )
        }
        return steps
    }

    /// Where an operator finds out whether a request had arrived.
    private var placeToLook: String {
        guard let attempt = lastAttempt else {
            return "No attempt is on record: look at the provider for the time around the due time."
        }
        let when = Instant.text(attempt.openedAt)
        let account = attempt.account == "default" ? "the environment's account" : "account \(attempt.account)"
        let known = attempt.providerId.map { " It may be \($0)." } ?? ""
        return switch attempt.provider {
        case "twilio":
            """
            Look in Twilio's console under Monitor › Logs › Messaging (\(account)), for messages to \(address ?? "the recipient") \
            made from \(when) on. Its status callback ends in attempt=\(attempt.id).\(known)
            """
        case "sendgrid":
            """
            Look in SendGrid's Activity (\(account)) for mail to \(address ?? "the recipient") from \(when) on. Its custom \
            argument relance_attempt is \(attempt.id).\(known)
            """
        case "resend":
            """
            Look in Resend's dashboard under Emails (\(account)) for mail to \(address ?? "the recipient") from \(when) on. Its tag \
            attempt is \(attempt.id), its Idempotency-Key \(attempt.idempotencyKey).\(known)
            """
        case "green_api":
            """
            Ask Green API (\(account)) for showMessagesQueue and lastOutgoingMessages, for messages to \
            \(address ?? "the recipient") from \(when) on.\(known)
            """
        case "outbox": "Look in OUTBOX_DIR for a file of \(when)."
        default:
            """
            Look in the log of \(attempt.provider) (\(account)) for a message to \(address ?? "the recipient") from \(when) on, \
            attempt \(attempt.id).\(known)
            """
        }
    }

    private var failed: [NextStep] {
        if let fallback {
            return [NextStep("An SMS stands in for it (\(fallback.state)):", "relance deliveries explain \(fallback.id)")]
        }
        if isExpired { return [NextStep("Nothing: it expired at \(Instant.text(delivery.expiresAt)), and is not sent late.")] }
        let steps = holds.filter { $0.kind == "suppressed" }.compactMap(step)
        return steps + [
            NextStep(
                "\(delivery.reason == "resolved_by_operator" ? "To send it again" : "Mend the cause, then"), before \(Instant.text(delivery.expiresAt)):",
                "relance deliveries retry \(delivery.id) --reason '…'")
        ]
    }

    private var skipped: [NextStep] {
        let tenant = delivery.tenantId
        let settled = NextStep("This one stays skipped; mending it helps those that are planned later.")
        let step: NextStep? =
            switch delivery.reason {
            case "suppressed", "opted_out":
                NextStep(
                    "What stands against the address:",
                    "relance suppressions list --tenant \(tenant) --channel \(delivery.channel)")
            case "no_whatsapp_template":
                NextStep("Which templates are set?", "relance templates whatsapp list --tenant \(tenant)")
            case "channel_not_configured":
                NextStep(
                    "Set the provider's variables for the workers (docs/configuration.md), or:", "relance accounts set --help")
            case "cost_cap":
                NextStep("The budget is organization_settings.sms_monthly_cap_cents. How much is used:", "relance status")
            case "not_on_allowlist": NextStep("Is this the production instance? RECIPIENT_ALLOWLIST belongs on staging.")
            case "no_phone", "invalid_phone", "no_recipient":
                NextStep("Correct the \(delivery.recipientType) \(delivery.recipientId) in the business tables.")
            default: nil
            }
        return step.map { [$0, settled] } ?? [NextStep("Nothing: it was decided not to send it.")]
    }

    private var sent: [NextStep] {
        if delivery.deliveredAt != nil || delivery.reported == "delivered" || delivery.channel == "in_app" {
            return [NextStep("Nothing: it arrived.")]
        }
        if delivery.reported != nil { return [NextStep("Nothing: the provider has it, and will report how it goes on.")] }
        let id = delivery.providerId.map { " by its id \($0)" } ?? ""
        return [
            NextStep(
                """
                Nothing: the provider took it in. It has not reported yet what became of it; if it never does, look it up there\(id), \
                and check that its callbacks reach us (API_URL).
                """)
        ]
    }

    private func step(_ hold: Hold) -> NextStep? {
        let tenant = delivery.tenantId
        return switch hold.kind {
        case "sending_paused": NextStep("All sending is paused. When it may go on:", "relance resume sending")
        case "organisation_paused":
            NextStep("Sending is paused for \(tenant). When it may go on:", "relance resume sending --tenant \(tenant)")
        case "queue_paused": NextStep("Its queue is paused. When it may go on:", "relance resume queue messages")
        case "suppressed":
            NextStep(
                "The address is suppressed: it will be skipped. Only if that is wrong:",
                "relance suppressions lift --tenant \(tenant) --channel \(delivery.channel) --address …")
        case "preference_off": NextStep("The user has switched this off: it will be skipped.")
        case "no_consent": NextStep("The lead has not agreed to marketing: it will be skipped.")
        case "lead_erased": NextStep("The lead's data was erased: it will be cancelled.")
        default: nil
        }
    }
}
