import Providers

/// What codes and reasons of the ledger mean, in words for somebody who has just been woken.
enum CodeWords {
    /// A sentence without its full stop; nil where nothing is known of the code.
    static func meaning(of code: String) -> String? {
        if let words = ours[code] ?? mail[code] { return words }
        if let number = Int(code) { return twilio[number] ?? TwilioErrorCode.meaning(of: number).map(words) }
        if code.hasPrefix("http_"), let status = Int(code.dropFirst(5)) { return httpStatus(status) }
        return nil
    }

    /// The code with its meaning behind it, where it has one.
    static func explained(_ code: String) -> String { meaning(of: code).map { "\(code): \($0)" } ?? code }

    private static func httpStatus(_ status: Int) -> String {
        switch status {
        case 401, 403: "the provider refuses our credentials or account"
        case 408, 500...: "the provider had trouble; the message may have been taken in all the same"
        case 429: "the provider asks for a slower pace"
        case 300..<400: "redirected: the provider's URL is wrong"
        default: "the provider refuses this message"
        }
    }

    /// What Twilio's other numbers come to.
    private static func words(_ meaning: TwilioErrorCode.Meaning) -> String {
        switch meaning {
        case .open: "Twilio had trouble; the message may have been taken in all the same"
        case .refused(.permanent): "Twilio will never deliver this message to this recipient"
        case .refused(.configuration): "Twilio refuses our account, sender or set-up"
        case .refused(.retry): "Twilio could not take it now; later it may go"
        case .refused(.optedOut): "the recipient has opted out"
        case .refused(.needsTemplate): "WhatsApp's 24 hours are over: an approved template is needed"
        }
    }

    /// The engine's own.
    private static let ours = [
        "abandon_deleted": "the abandoned visit is gone",
        "active_again": "the visitor has gone on with the form; the step is planned anew",
        "answer_lost": "the process or the connection died before the provider's answer came",
        "appointment_cancelled": "the appointment was cancelled",
        "appointment_completed": "the appointment is over",
        "appointment_deleted": "the appointment is gone",
        "appointment_confirmed": "the appointment is no no-show any more",
        "appointment_moved": "the appointment was moved; its new time has messages of its own",
        "appointment_no_show": "the appointment ended as a no-show",
        "appointment_scheduled": "the appointment is no no-show any more",
        "attempts_exhausted": "every attempt of its job failed",
        "booked": "the person has booked an appointment",
        "booked_late": "the step's time had passed when the appointment was booked",
        "cancelled_by_operator": "taken back by hand",
        "cannot_be_composed": "its text could not be put together: a defect, or data that cannot be said",
        "cannot_be_read": "its facts could not be read: a defect, or data of a shape unknown to this build",
        "cannot_be_written": "the provider's request could not be written",
        "channel_not_configured": "no provider is configured for the channel",
        "claim_interrupted": "the database went away before the send was claimed; no byte had left",
        "collapsed": "a later step of the sequence was due: one mail, not several",
        "completed": "all that was due has been sent or decided",
        "connection_lost": "the connection broke before the answer came",
        "converted": "the person has become a customer",
        "cost_cap": "the organisation's monthly budget is used up",
        "could_not_connect": "the provider could not be reached; nothing was sent",
        "could_not_resolve": "the provider's name could not be resolved; nothing was sent",
        "disqualified": "the lead is disqualified",
        "erased": "the person's data was erased",
        "expired": "a week has passed and no mail was due",
        "expired_before_sending": "its time was over before it could be sent",
        "form_not_active": "the form is not active any more",
        "frequency_cap": "the recipient has had as much marketing as the organisation allows",
        "held_out": "the person belongs to the hold-out group",
        "invalid_email": "the recipient's mail address is none",
        "invalid_phone": "the recipient's telephone number is none",
        "lead_blacklisted": "the lead is on the blacklist",
        "lead_erased": "the lead's data was erased",
        "marked_late": "the step's time had passed when the no-show was marked",
        "malformed_response": "the provider's answer could not be read",
        "newer_appointment": "the lead has a newer appointment",
        "no_appointments": "nothing is left to be counted",
        "no_consent": "the lead has not agreed to marketing",
        "no_email": "the recipient has no mail address",
        "no_link_keys": "LINK_SIGNING_KEYS is not set: a mail without a way out may not leave",
        "no_longer_planned": "the step, its channel or its recipient is not what it was when this was planned",
        "no_open_attempt": "it was being sent, but no attempt is on record",
        "no_phone": "the recipient has no telephone number",
        "no_recipient": "nobody is there to receive it",
        "no_show_reverted": "the no-show was undone",
        "no_tick_before_expiry": "no program ran between its due time and its expiry",
        "no_unsubscribe_link": "LINK_SIGNING_KEYS is not set: marketing could not say how to have no more of it",
        "no_whatsapp_template": "WhatsApp needs an approved template here, and none is set",
        "not_found": "the provider's records do not show it, which is no proof that it never arrived",
        "not_on_allowlist": "RECIPIENT_ALLOWLIST does not name the recipient",
        "opted_out": "the recipient has opted out",
        "poison": "its job killed its process three times, running alone",
        "preference_off": "the user does not want to hear of this on this channel",
        "quiet_hours": "outside the hours in which marketing may go out",
        "recent_mail": "the last mail to this person was too near until the sequence was over",
        "records_unavailable": "the provider could not be asked whether it had arrived",
        "recovery_off": "the organisation has switched recovery off",
        "resolved_by_operator": "an operator looked it up and said so",
        "response_too_large": "the provider's answer was too large to be read",
        "shut_down": "the program was stopped while it waited for the answer",
        "subject_gone": "what it is about is gone",
        "submitted": "the form was submitted",
        "superseded": "the same person has broken off another visit since",
        "suppressed": "the address is on the suppression list",
        "timed_out": "the provider did not answer in time",
        "too_late": "it was due after its own expiry",
        "too_soon": "another mail to this person left within twelve hours; the step is planned anew",
        "unknown_step": "this build does not know the step",
        "unreadable_success": "the provider said yes without naming the message",
        "untrusted_server": "the provider's certificate is not trusted; nothing was sent",
    ]

    /// Resend's names, and what mail providers report.
    private static let mail = [
        "bounced": "the mailbox does not exist or refuses us for good",
        "complained": "the recipient reported it as spam",
        "daily_quota_exceeded": "the day's quota at the provider is used up",
        "failed": "the provider could not deliver it",
        "invalid_access": "the provider refuses our key for this",
        "invalid_api_key": "the provider does not know our key",
        "invalid_idempotent_request": "another request has used the same key: something was taken in under it",
        "monthly_quota_exceeded": "the month's quota at the provider is used up",
        "rate_limit_exceeded": "the provider asks for a slower pace",
        "unsubscribed": "the recipient unsubscribed",
        "validation_error": "the provider finds a fault in the message",
    ]

    /// Twilio's numbers that are met most (www.twilio.com/docs/api/errors); the others are told by their class.
    private static let twilio = [
        20003: "Twilio does not accept our credentials",
        20429: "too many requests at once; nothing was processed",
        20500: "an internal error at Twilio; the message may have been taken in",
        20503: "Twilio was unavailable; the message may have been taken in",
        21211: "the number is not one that can be written to",
        21212: "our sender is not valid",
        21408: "our account may not write to the recipient's country",
        21606: "our sender cannot write to this number",
        21608: "a trial account writes to verified numbers only",
        21610: "the recipient has replied STOP to our sender",
        21611: "our sender's queue at Twilio is full",
        21612: "the number cannot be reached from our sender",
        21614: "the number is not a mobile one",
        21617: "the text is too long",
        30001: "our queue at Twilio is full",
        30002: "our Twilio account is suspended",
        30003: "the handset is off or out of range",
        30004: "the recipient or his carrier blocks the message",
        30005: "the number is not in service",
        30006: "a landline, or a carrier that cannot be reached",
        30007: "filtered as spam by Twilio or the carrier",
        30008: "the carrier refused it without a reason",
        30036: "it was still undelivered when its validity ended",
        30410: "the carrier did not answer Twilio; the message may have been delivered",
        63001: "WhatsApp does not accept our credentials",
        63003: "the number is not on WhatsApp",
        63007: "our WhatsApp sender is not known at Twilio",
        63015: "the recipient has not joined the sandbox",
        63016: "WhatsApp's 24 hours are over: an approved template is needed",
        63018: "our WhatsApp sender is too fast",
        63024: "the number could not be verified on WhatsApp",
        63038: "the account's messages of the day are used up",
        63049: "Meta chose not to deliver a marketing message",
    ]
}
