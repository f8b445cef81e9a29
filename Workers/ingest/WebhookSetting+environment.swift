import Crypto
import Ingest
import Messaging
import Primitives
import Runtime
import Webhooks

extension WebhookSetting {
    /// Reads what providers sign with; faults are collected in `environment`. A provider without a secret is not served.
    init(_ environment: inout Environment) {
        self.init()
        publicURL = environment.url("API_URL", default: "")
        stripe = Self.list(environment.secret("STRIPE_WEBHOOK_SECRET"))
        if let tenant = environment.text("STRIPE_TENANT") { stripeTenant = tenant }
        twilio = Self.account(
            environment.text("TWILIO_ACCOUNT_SID"), Self.list(environment.secret("TWILIO_AUTH_TOKEN")),
            "TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", &environment)
        greenAPI = Self.account(
            environment.text("GREEN_API_ID_INSTANCE"), Self.list(environment.secret("GREEN_API_WEBHOOK_TOKEN")),
            "GREEN_API_WEBHOOK_TOKEN", "GREEN_API_ID_INSTANCE", &environment)
        resend = Self.list(environment.secret("RESEND_WEBHOOK_SECRET"))
        if StandardWebhookSignature(resend) == nil {
            environment.fault("RESEND_WEBHOOK_SECRET must be as Resend shows it: whsec_ and base 64")
        }
        for key in Self.list(environment.secret("SENDGRID_WEBHOOK_PUBLIC_KEY")) {
            do {
                sendGrid.append(try ECDSAPublicKey(key.reveal()))
            } catch {
                environment.fault("SENDGRID_WEBHOOK_PUBLIC_KEY: \(error)")
            }
        }
        liveKit = Self.liveKit(&environment)
        secrets = environment.laterSecrets
        let hashKey = environment.secret("ADDRESS_HASH_KEY")
        if let hashKey, hashKey.reveal().utf8.count >= 16 {
            addresses = AddressBook(hashKey: hashKey, allowed: [])
        } else if hashKey != nil || twilio != nil || greenAPI != nil || !sendGrid.isEmpty {
            environment.fault(
                "ADDRESS_HASH_KEY must be what the workers have, of at least 16 characters: messages that come in are known by it"
            )
        }
        if publicURL.isEmpty, twilio != nil {
            environment.fault("API_URL must be set: Twilio signs the URL that it posts to (for example https://api.example.com)")
        }
    }

    /// An account that its provider names in each request. Without what it signs with, it is not served.
    private static func account(
        _ name: String?, _ keys: [Secret], _ secretName: String, _ nameOfName: String, _ environment: inout Environment
    ) -> Account? {
        guard !keys.isEmpty else { return nil }
        guard let name else {
            environment.fault("\(secretName) is set: \(nameOfName) is needed with it")
            return nil
        }
        return Account(name: name, keys: keys)
    }

    /// One pair, or as many secrets as keys, separated by commas, during a rotation.
    private static func liveKit(_ environment: inout Environment) -> [LiveKitSignature.Key] {
        let secret = environment.secret("LIVEKIT_API_SECRET")
        let names = environment.list("LIVEKIT_API_KEY")
        // A secret of a single key may hold a comma.
        let secrets = names.count > 1 ? list(secret) : secret.map { [$0] } ?? []
        // The key alone is no secret, and may stand in an environment that the whole fleet shares.
        if secrets.isEmpty { return [] }
        if names.count != secrets.count {
            environment.fault("LIVEKIT_API_KEY and LIVEKIT_API_SECRET are needed together, as many of one as of the other")
            return []
        }
        return zip(names, secrets).map { LiveKitSignature.Key(name: $0, secret: $1) }
    }
}
