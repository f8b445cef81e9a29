import Content
import Messaging
import Runtime

/// What the commands about provider accounts share, and what an account may be.
enum AccountFlags {
    static let channels = ["email", "sms", "whatsapp"]
    static let providers = ["resend", "sendgrid", "smtp", "twilio", "green_api"]
    static let channel = Flag("--channel", "CHANNEL", channels.joined(separator: ", "))
    static let provider = Flag("--provider", "NAME", providers.joined(separator: ", "))
    static let account = Flag("--account", "NAME", "Twilio: AC…; Green API: the instance; mail: a name of yours")
    static let tenant = Flag("--tenant", "ID", "the organisation (needed)")
    static let sender = Flag("--sender", "S", "number, messaging service (MG…) or `Name <address>`")
    static let secret = Flag("--secret-ref", "NAME", "the variable that holds its secret: ACCOUNT_…, never the secret itself")
    static let priority = Flag("--priority", "N", "order of preference within the channel; the default is 0, the first")

    /// Which providers can say what.
    static func check(provider: String, says channel: String) throws(UsageError) {
        let able =
            switch channel {
            case "email": ["resend", "sendgrid", "smtp"]
            case "sms": ["twilio"]
            default: ["twilio", "green_api"]
            }
        if !able.contains(provider) {
            throw UsageError("--provider \(provider) does not send \(channel): one of \(able.joined(separator: ", ")) does")
        }
    }

    /// A reference names an environment variable. What was typed is not repeated: it may be the secret.
    static func checkSecret(_ reference: String) throws(UsageError) {
        let name = reference.dropFirst("ACCOUNT_".count)
        let isName =
            reference.hasPrefix("ACCOUNT_") && (1...60).contains(name.utf8.count)
            && name.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
        if !isName {
            throw UsageError(
                "--secret-ref: the name of an environment variable such as ACCOUNT_ATLAS_TWILIO is expected, not the secret itself"
            )
        }
    }

    /// Who messages come from, in the form that the provider takes.
    static func checkSender(_ sender: String, channel: String, provider: String) throws(UsageError) {
        if channel == "email" {
            if Mailbox(parsing: sender) == nil { throw UsageError("--sender: an address, or `Name <address>`, is expected") }
        } else if !(provider == "twilio" && sender.hasPrefix("MG")), AddressBook.phoneNumber(sender, region: "") != sender {
            throw UsageError("--sender: a number with its country code, such as +33700000001, is expected")
        }
    }
}
