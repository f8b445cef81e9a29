internal import API
private import Crypto
private import HTTPServer
internal import Postgres
internal import Primitives
internal import Webhooks

/// An account that a request was proved to be of.
struct WebhookAccount: Sendable, Equatable {
    /// As the ledger names it: `default` is the environment's.
    let name: String
    /// As the provider names it; the same as `name` where its requests name none.
    let providerName: String

    static let standard = "default"
}

/// Believes a provider's request, or does not (D-42): signature first, over the raw body and the public URL.
struct WebhookGuard: Sendable {
    /// A row of `relance.provider_accounts`.
    private struct Row: Sendable {
        let provider: String
        let account: String
        let secretReference: String
    }

    private let setting: WebhookSetting
    private let rows: Cached<[Row]?>

    init(_ setting: WebhookSetting, _ reads: ReadPool) {
        self.setting = setting
        rows = Cached(for: .seconds(10)) {
            try? await reads.read { session throws(PostgresError) in
                try session.query(.readWebhookAccounts).map { row throws(PostgresError) in
                    Row(
                        provider: try row.text("provider"), account: try row.text("account"),
                        secretReference: try row.text("secret_ref"))
                }
            }
        }
    }

    /// The account that has signed a request.
    ///
    /// - Throws: 401 for what nobody of ours has signed, 403 for a genuine stranger, 404 where the provider is not configured.
    func account(of request: WebhookRequest, from source: WebhookSource) async throws(Problem) -> WebhookAccount {
        // Whoever writes STOP must be known by the hash that workers ask for; and Twilio signs the public URL.
        if setting.addresses == nil, [.twilioInbound, .greenAPI, .sendGridInbound].contains(source) {
            throw Self.problem(.noKey)
        }
        if setting.publicURL.isEmpty, source.provider == "twilio" { throw Self.problem(.noKey) }
        switch source {
        case .stripe:
            try check { () throws(WebhookError) in try StripeSignature(setting.stripe).verify(request, now: .now()) }
            return WebhookAccount(name: WebhookAccount.standard, providerName: WebhookAccount.standard)
        case .liveKit:
            try check { () throws(WebhookError) in try LiveKitSignature(setting.liveKit).verify(request, now: .now()) }
            return WebhookAccount(name: WebhookAccount.standard, providerName: WebhookAccount.standard)
        case .twilioInbound, .twilioStatus:
            return try await account(
                named: TwilioWebhook.account(of: request) ?? setting.twilio?.name, source, setting.twilio
            ) { _, keys throws(WebhookError) in try TwilioSignature(.authTokens(keys)).verify(request) }
        case .greenAPI:
            // Not by the instance that it names: its body is read only when the token is somebody's.
            return try await account(named: nil, source, setting.greenAPI) { instance, keys throws(WebhookError) in
                try GreenAPIToken(keys, instances: [instance]).verify(request)
            }
        case .resend:
            let own = setting.resend.isEmpty ? nil : WebhookSetting.Account(name: WebhookAccount.standard, keys: setting.resend)
            return try await account(named: Self.named(in: request), source, own) { _, keys throws(WebhookError) in
                guard let signature = StandardWebhookSignature(keys) else { throw .noKey }
                try signature.verify(request, now: .now())
            }
        case .sendGridEvents, .sendGridInbound:
            let name = Self.named(in: request)
            if name == WebhookAccount.standard {
                try check { () throws(WebhookError) in try SendGridSignature(setting.sendGrid).verify(request, now: .now()) }
                return WebhookAccount(name: name, providerName: name)
            }
            return try await account(named: name, source, nil) { _, keys throws(WebhookError) in
                let keys = keys.compactMap { try? ECDSAPublicKey($0.reveal()) }
                try SendGridSignature(keys).verify(request, now: .now())
            }
        }
    }

    /// Tries the keys of the account that a request names, of all accounts where it names none: the environment's, then those of
    /// tenants.
    private func account(
        named name: String?, _ source: WebhookSource, _ own: WebhookSetting.Account?,
        verify: @Sendable (_ name: String, _ keys: [Secret]) throws(WebhookError) -> Void
    ) async throws(Problem) -> WebhookAccount {
        var refusals: [WebhookError] = []
        if let own {
            if name == nil || name == own.name {
                do throws(WebhookError) {
                    try verify(own.name, own.keys)
                    return WebhookAccount(name: WebhookAccount.standard, providerName: own.name)
                } catch {
                    refusals.append(error)
                }
            } else {
                refusals.append(.wrongAccount)
            }
        }
        if name == WebhookAccount.standard { throw Self.problem(refusals.first ?? .noKey) }
        guard let rows = await rows.value() else { throw .unavailable("The database is not available at the moment.") }
        for row in rows where row.provider == source.provider {
            guard name == nil || row.account == name else {
                refusals.append(.wrongAccount)
                continue
            }
            do throws(WebhookError) {
                try verify(row.account, keys(of: row))
                return WebhookAccount(name: row.account, providerName: row.account)
            } catch {
                refusals.append(error)
            }
        }
        // What came nearest: a token of ours under a wrong name says more than all the others that it was not.
        let nearest: [WebhookError] = name == nil ? [.unreadable, .wrongAccount, .badSignature] : [.badSignature]
        throw Self.problem(
            nearest.first(where: refusals.contains) ?? refusals.first { $0 != .wrongAccount && $0 != .noKey } ?? refusals.first
                ?? .noKey)
    }

    /// What a tenant's account signs with: `…_WEBHOOK`, and for Twilio its auth token. Several are separated by commas.
    private func keys(of row: Row) -> [Secret] {
        let own = WebhookSetting.list(setting.secrets(row.secretReference + "_WEBHOOK"))
        return row.provider == "twilio" ? own + WebhookSetting.list(setting.secrets(row.secretReference)) : own
    }

    /// Providers of mail name no account; the URL that they were given does: `?account=NAME`.
    private static func named(in request: WebhookRequest) -> String {
        let query = request.url.drop { $0 != "?" }.dropFirst()
        return FormDecoding.pairs(query.utf8)?.first { $0.name == "account" }?.value ?? WebhookAccount.standard
    }

    private func check(_ verify: () throws(WebhookError) -> Void) throws(Problem) {
        do throws(WebhookError) { try verify() } catch { throw Self.problem(error) }
    }

    /// Nothing of how far a forged request got.
    static func problem(_ error: WebhookError) -> Problem {
        switch error {
        // As any path that is not served: which providers are used is nobody's business.
        case .noKey: .notFound("path")
        case .unreadable: Problem(400, "unreadable", "This is not what this provider sends.")
        case .wrongAccount: Problem(403, "wrong_account", "This account is not known here.")
        case .missingHeader, .malformedHeader, .badSignature, .tooOld, .fromTheFuture:
            Problem(401, "bad_signature", "The signature is missing, wrong or too old.")
        }
    }
}

extension SQLStatement {
    fileprivate static let readWebhookAccounts = SQLStatement(embedded: PackageResources.read_webhook_accounts_sql)
}
