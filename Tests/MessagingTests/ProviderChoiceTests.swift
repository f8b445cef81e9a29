import HTTPClient
import Providers
import Runtime
import Testing

@testable import Messaging

/// Which providers the environment sets up, and in which order.
struct ProviderChoiceTests {
    private static let basis = ["ADDRESS_HASH_KEY": "0123456789abcdef"]
    private static let twilio = [
        "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "TWILIO_WHATSAPP_FROM": "+15557122661",
    ]
    private static let green = ["GREEN_API_ID_INSTANCE": "7103000000", "GREEN_API_TOKEN": "token"]

    private static func read(_ variables: [[String: String]]) throws -> MessagingConfiguration {
        var environment = Environment(variables.reduce(basis) { $0.merging($1) { $1 } })
        let configuration = MessagingConfiguration(&environment, lease: .seconds(30))
        try environment.finish()
        return configuration
    }

    private static func order(_ channel: MessageChannel, _ variables: [String: String]...) throws -> [Provider] {
        try read(variables).carriers(over: HTTPClient()).candidates(channel, of: "acme", generation: 0).map(\.provider)
    }

    @Test func `WhatsApp goes through what is set up, Twilio first, unless an order is given`() throws {
        #expect(try Self.order(.whatsapp) == [])
        #expect(try Self.order(.whatsapp, Self.twilio) == [.twilio])
        #expect(try Self.order(.whatsapp, Self.green) == [.greenAPI])
        #expect(try Self.order(.whatsapp, Self.twilio, Self.green) == [.twilio, .greenAPI])
        let reversed = ["WHATSAPP_PROVIDERS": "green_api, twilio"]
        #expect(try Self.order(.whatsapp, Self.twilio, Self.green, reversed) == [.greenAPI, .twilio])
        #expect(try Self.order(.whatsapp, Self.twilio, Self.green, ["WHATSAPP_PROVIDERS": "green_api"]) == [.greenAPI])
        #expect(try Self.order(.sms, Self.green) == [])
    }

    @Test func `mail goes through a relay that is set up, or that is named`() throws {
        let relay = ["SMTP_URL": "smtp://ana:pw@mail.test"]
        #expect(try Self.order(.email, relay) == [.smtp])
        #expect(try Self.order(.email, relay, ["RESEND_API_KEY": "re_1"]) == [.resend, .smtp])
        #expect(try Self.order(.email, relay, ["EMAIL_PROVIDERS": "outbox,smtp"]) == [.outbox, .smtp])
    }

    @Test(arguments: [
        (["GREEN_API_TOKEN": "sec-ret"], "GREEN_API_ID_INSTANCE is needed"),
        (["GREEN_API_ID_INSTANCE": "71"], "GREEN_API_TOKEN is needed"),
        (["GREEN_API_ID_INSTANCE": "71/x", "GREEN_API_TOKEN": "sec-ret"], "must be digits"),
        (["WHATSAPP_PROVIDERS": "pigeon"], "WHATSAPP_PROVIDERS must list twilio, green_api"),
        (["WHATSAPP_PROVIDERS": "green_api"], "WHATSAPP_PROVIDERS names green_api"),
        (["EMAIL_PROVIDERS": "smtp"], "SMTP_URL is not set"),
        (["SMTP_URL": "smtp://ana:sec-ret@mail.test?tls=never"], "SMTP_URL would send its password in the clear"),
        (["SMTP_URL": "mail.test"], "SMTP_URL must be like"),
        (["SMTP_URL": "smtp://m.test", "SMTP_CONNECTIONS": "0"], "SMTP_CONNECTIONS"),
    ])
    func `a fault is named, without a secret`(variables: [String: String], fault: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.read([variables]) }
        #expect(error?.description.contains(fault) == true, "\(String(describing: error))")
        #expect(error?.description.contains("sec-ret") == false)
    }
}
