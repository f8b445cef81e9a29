/// An SMS or a WhatsApp message ready to be handed to a provider.
public struct RenderedText: Sendable, Equatable {
    /// In UTF-16 units: Twilio's limit.
    static let maximumLength = 1600

    /// At most 1600 UTF-16 units.
    public var body: String
    /// What an approved WhatsApp template is filled in with, `{{1}}` first (D-14): whom it greets, whom the appointment is with,
    /// when it is, and where (the link, else the place, else "–").
    public var variables: [String]
    /// Message and language, as `closer_booked.fr`: what an approved WhatsApp template is registered under.
    public var name: String

    /// - Parameters: as the properties of the same names say.
    public init(body: String, variables: [String], name: String) {
        self.body = body
        self.variables = variables
        self.name = name
    }

    /// How many SMS segments the body takes, each paid for (D-13).
    public var segmentCount: Int { GSM7.segmentCount(of: body) }
}
