public import Content
private import Crypto
public import HTTPClient
import Primitives
import Providers
public import Runtime

/// How messages leave: read from the environment variables that `docs/configuration.md` lists.
public struct MessagingConfiguration: Sendable {
    /// MAIL_FROM.
    public let sender: Mailbox
    /// ADDRESS_HASH_KEY and RECIPIENT_ALLOWLIST.
    public let addresses: AddressBook
    /// Messages of one channel in hand at once (MAX_IN_FLIGHT).
    public let maxInFlight: Int
    /// Longest wait for a provider (PROVIDER_TIMEOUT); a job's lease outlasts it.
    public let providerTimeout: Duration
    let mail: [MailProvider]
    let outboxDirectory: String
    let resend: Account
    let sendGrid: Account
    let twilio: TwilioAccount?
    let twilioURL: String
    /// Where Twilio reports what became of a message; nil without API_URL.
    let statusCallback: String?
    /// Reads a secret by the name that an account's row gives.
    let secrets: @Sendable (String) -> Primitives.Secret?
    let greenAPI: GreenAPI?
    let greenURL: String
    let relay: SMTPServer?
    let relayAuthorities: String?
    let relayConnections: Int
    let whatsApp: [WhatsAppProvider]

    /// Providers of mail, in the words of EMAIL_PROVIDERS.
    public enum MailProvider: String, Sendable, CaseIterable {
        /// Resend.
        case resend
        /// SendGrid.
        case sendgrid
        /// The relay of SMTP_URL.
        case smtp
        /// Files in OUTBOX_DIR.
        case outbox
    }

    /// Providers of WhatsApp, in the words of WHATSAPP_PROVIDERS.
    enum WhatsAppProvider: String, Sendable, CaseIterable {
        case twilio
        case greenAPI = "green_api"
    }

    struct Account: Sendable {
        let key: Primitives.Secret?
        let url: String
    }

    struct TwilioAccount: Sendable {
        let sid: String
        let token: Primitives.Secret
        let smsFrom: String?
        let whatsAppFrom: String?
    }

    /// Reads it; faults are collected in `environment`.
    ///
    /// - Parameter lease: of claimed jobs.
    public init(_ environment: inout Environment, lease: Duration) {
        sender = Self.sender(&environment)
        addresses = AddressBook(&environment)
        maxInFlight = environment.integer("MAX_IN_FLIGHT", default: 256, in: 1...1000)
        providerTimeout = environment.duration(
            "PROVIDER_TIMEOUT", default: .seconds(10), in: .milliseconds(100) ... .seconds(120))
        if providerTimeout >= lease { environment.fault("PROVIDER_TIMEOUT must be shorter than JOB_LEASE") }
        resend = Account(
            key: environment.secret("RESEND_API_KEY"), url: environment.url("RESEND_API_URL", default: "https://api.resend.com"))
        sendGrid = Account(
            key: environment.secret("SENDGRID_API_KEY"),
            url: environment.url("SENDGRID_API_URL", default: "https://api.sendgrid.com"))
        outboxDirectory = environment.text("OUTBOX_DIR") ?? ".local/outbox"
        relay = Self.relay(&environment)
        relayAuthorities = environment.text("SMTP_CA_FILE")
        relayConnections = environment.integer("SMTP_CONNECTIONS", default: 8, in: 1...64)
        mail = Self.mailProviders(&environment, resend: resend.key != nil, sendGrid: sendGrid.key != nil, smtp: relay != nil)
        twilioURL = environment.url("TWILIO_API_URL", default: "https://api.twilio.com")
        let api = environment.url("API_URL", default: "")
        statusCallback = api.isEmpty ? nil : api + "/webhooks/twilio/status"
        secrets = environment.laterSecrets
        twilio = Self.twilio(&environment)
        greenURL = environment.url("GREEN_API_URL", default: "https://api.green-api.com")
        greenAPI = Self.greenAPI(&environment, ProviderEndpoint(greenURL, timeout: providerTimeout))
        whatsApp = Self.whatsAppProviders(&environment, twilio: twilio?.whatsAppFrom != nil, greenAPI: greenAPI != nil)
    }

    /// MAIL_FROM, for programs that write mails' parts and send none.
    public static func sender(_ environment: inout Environment) -> Mailbox {
        let from = environment.text("MAIL_FROM") ?? "Relance <relance@localhost.localdomain>"
        if let sender = Mailbox(parsing: from), !sender.address.isEmpty { return sender }
        environment.fault("MAIL_FROM must be an address or Name <address>, not \(from.debugDescription)")
        return Mailbox(name: "", address: "")
    }

    /// EMAIL_PROVIDERS, or what the keys allow, or the outbox.
    private static func mailProviders(
        _ environment: inout Environment, resend: Bool, sendGrid: Bool, smtp: Bool
    ) -> [MailProvider] {
        let words = environment.list("EMAIL_PROVIDERS")
        if words.isEmpty {
            let keyed: [MailProvider] = (resend ? [.resend] : []) + (sendGrid ? [.sendgrid] : []) + (smtp ? [.smtp] : [])
            return keyed.isEmpty ? [.outbox] : keyed
        }
        var providers: [MailProvider] = []
        for word in words {
            guard let provider = MailProvider(rawValue: word) else {
                environment.fault(
                    "EMAIL_PROVIDERS must list \(MailProvider.allCases.map(\.rawValue).joined(separator: ", ")), not \(word.debugDescription)"
                )
                continue
            }
            if provider == .resend && !resend { environment.fault("EMAIL_PROVIDERS names resend: RESEND_API_KEY is not set") }
            if provider == .sendgrid && !sendGrid {
                environment.fault("EMAIL_PROVIDERS names sendgrid: SENDGRID_API_KEY is not set")
            }
            if provider == .smtp && !smtp { environment.fault("EMAIL_PROVIDERS names smtp: SMTP_URL is not set") }
            providers.append(provider)
        }
        return providers
    }

    private static func twilio(_ environment: inout Environment) -> TwilioAccount? {
        guard let sid = environment.text("TWILIO_ACCOUNT_SID") else { return nil }
        guard let token = environment.secret("TWILIO_AUTH_TOKEN") else {
            environment.fault("TWILIO_ACCOUNT_SID is set: TWILIO_AUTH_TOKEN is needed with it")
            return nil
        }
        return TwilioAccount(
            sid: sid, token: token, smsFrom: environment.text("TWILIO_SMS_FROM"),
            whatsAppFrom: environment.text("TWILIO_WHATSAPP_FROM"))
    }

    private static func relay(_ environment: inout Environment) -> SMTPServer? {
        guard let url = environment.secret("SMTP_URL") else { return nil }
        do { return try SMTPServer(parsing: url) } catch {
            environment.fault("SMTP_URL \(error)")
            return nil
        }
    }

    private static func greenAPI(_ environment: inout Environment, _ endpoint: ProviderEndpoint) -> GreenAPI? {
        let token = environment.secret("GREEN_API_TOKEN")
        guard let instance = environment.text("GREEN_API_ID_INSTANCE") else {
            if token != nil { environment.fault("GREEN_API_TOKEN is set: GREEN_API_ID_INSTANCE is needed with it") }
            return nil
        }
        guard instance.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            environment.fault("GREEN_API_ID_INSTANCE must be digits, not \(instance.debugDescription)")
            return nil
        }
        guard let token else {
            environment.fault("GREEN_API_ID_INSTANCE is set: GREEN_API_TOKEN is needed with it")
            return nil
        }
        return GreenAPI(instanceID: instance, token: token, endpoint: endpoint)
    }

    /// WHATSAPP_PROVIDERS, or those that are set up.
    private static func whatsAppProviders(
        _ environment: inout Environment, twilio: Bool, greenAPI: Bool
    ) -> [WhatsAppProvider] {
        let ready: [WhatsAppProvider] = (twilio ? [.twilio] : []) + (greenAPI ? [.greenAPI] : [])
        let words = environment.list("WHATSAPP_PROVIDERS")
        let named = words.compactMap { WhatsAppProvider(rawValue: $0) }
        if named.count < words.count {
            environment.fault("WHATSAPP_PROVIDERS must list \(WhatsAppProvider.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        for provider in named where !ready.contains(provider) {
            environment.fault("WHATSAPP_PROVIDERS names \(provider.rawValue), which is not set up")
        }
        return words.isEmpty ? ready : named
    }

    /// A client that keeps as many connections as messages may be in flight.
    public func client() -> HTTPClient {
        HTTPClient(HTTPClientConfiguration(maxConnectionsPerHost: maxInFlight, maxConnections: maxInFlight * 2))
    }
}
