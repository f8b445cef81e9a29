internal import Templates

/// A message that takes up contact with a lead again: what an alert suggests, and somebody decided to send (M-18).
///
/// It is marketing (D-17), so its mail says how to have no more of them and its SMS how to stop them.
public struct FollowUp: Sendable {
    /// What it takes up; the raw value is the template that an alert's suggested action names (M-13).
    public enum Occasion: String, Sendable, CaseIterable {
        /// A long silence.
        case cold = "relance_froide"
        /// A message of ours without an answer.
        case unanswered = "relance_sans_reponse"
        /// A deal of some size.
        case deal = "relance_affaire"
        /// The channel that the lead prefers.
        case channel = "relance_canal"

        fileprivate var section: String {
            switch self {
            case .cold: "COLD"
            case .unanswered: "UNANSWERED"
            case .deal: "DEAL"
            case .channel: "CHANNEL"
            }
        }
    }

    private let occasion: Occasion
    private let language: Language
    private let organisation: String
    private let recipient: String?

    /// - Parameters:
    ///   - organisation: whose lead it is.
    ///   - recipient: the lead's name.
    public init(_ occasion: Occasion, in language: Language, organisation: String, recipient: String?) {
        self.occasion = occasion
        self.language = language
        self.organisation = organisation
        self.recipient = recipient
    }

    private func letter(nameLimit: Int) -> Letter {
        let organisation = CleanText.line(organisation, limit: nameLimit)
        var letter = Letter("follow_up", in: language, organisation: organisation, preheader: organisation)
        letter.values.show(occasion.section)
        letter.setOptional("RECIPIENT", CleanText.line(recipient, limit: nameLimit))
        return letter
    }

    /// As a mail.
    ///
    /// - Throws: `missingUnsubscribe`, `template`.
    public func mail(_ unsubscribe: Unsubscribe) throws(ContentError) -> RenderedMail {
        var letter = letter(nameLimit: 100)
        letter.setOptional("UNSUBSCRIBE", unsubscribe.link)
        return try letter.mail(unsubscribe)
    }

    /// As an SMS.
    ///
    /// - Throws: `template`.
    public func sms() throws(ContentError) -> RenderedText {
        var letter = letter(nameLimit: 40)
        letter.values.show("SMS")
        return text(GSM7.transliterated(try letter.short()))
    }

    /// For WhatsApp: as free text, and as the variables of an approved template of the occasion's name: whom it greets, who writes.
    ///
    /// - Throws: `template`.
    public func whatsApp() throws(ContentError) -> RenderedText { text(try letter(nameLimit: 40).short()) }

    private func text(_ body: String) -> RenderedText {
        let organisation = CleanText.line(organisation, limit: 40)
        return RenderedText(
            body: body, variables: [CleanText.line(recipient, limit: 40) ?? organisation, organisation],
            name: "\(occasion.rawValue).\(language.rawValue)")
    }
}
