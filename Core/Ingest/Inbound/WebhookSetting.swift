public import Crypto
public import Messaging
public import Primitives
public import Webhooks

/// What ingest must know of providers to believe them.
public struct WebhookSetting: Sendable {
    /// A provider whose requests name the account: its name there, and what it signs with (several during a rotation).
    public struct Account: Sendable {
        /// Twilio's AccountSid, Green API's instance.
        public let name: String
        /// Auth tokens, or webhook tokens.
        public let keys: [Secret]

        /// An account.
        public init(name: String, keys: [Secret]) {
            self.name = name
            self.keys = keys
        }
    }

    /// API_URL: the public base that providers post to.
    public var publicURL = ""
    /// ADDRESS_HASH_KEY.
    public var addresses: AddressBook?
    /// STRIPE_WEBHOOK_SECRET.
    public var stripe: [Secret] = []
    /// STRIPE_TENANT: whose Stripe account it is.
    public var stripeTenant = "platform"
    /// TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.
    public var twilio: Account?
    /// GREEN_API_ID_INSTANCE and GREEN_API_WEBHOOK_TOKEN.
    public var greenAPI: Account?
    /// RESEND_WEBHOOK_SECRET.
    public var resend: [Secret] = []
    /// SENDGRID_WEBHOOK_PUBLIC_KEY.
    public var sendGrid: [ECDSAPublicKey] = []
    /// LIVEKIT_API_KEY and LIVEKIT_API_SECRET.
    public var liveKit: [LiveKitSignature.Key] = []
    /// Secrets of tenants' own accounts, by the name that their rows give.
    public var secrets: @Sendable (String) -> Secret? = { _ in nil }

    /// No provider at all: their routes are as good as not there.
    public init() {}

    /// The providers that the environment's own accounts are believed from, for the log.
    public var providers: [String] {
        let served = [
            ("stripe", !stripe.isEmpty), ("twilio", twilio != nil), ("green_api", greenAPI != nil), ("resend", !resend.isEmpty),
            ("sendgrid", !sendGrid.isEmpty), ("livekit", !liveKit.isEmpty),
        ]
        return served.filter(\.1).map(\.0)
    }

    /// Several secrets in one variable, separated by commas: the new one and the old one during a rotation.
    public static func list(_ secret: Secret?) -> [Secret] {
        (secret?.reveal() ?? "").split(separator: ",").map { part in
            Secret(String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()))
        }.filter { !$0.reveal().isEmpty }
    }
}
