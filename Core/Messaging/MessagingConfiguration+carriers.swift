private import Content
public import HTTPClient
private import Primitives
private import Providers

extension MessagingConfiguration {
    /// The carriers of each channel. Nothing is opened before the first message.
    public func carriers(over client: HTTPClient) -> Carriers {
        var byChannel: [MessageChannel: [any Carrier]] = [.email: mail.compactMap { mailCarrier($0, over: client) }]
        var whatsAppByProvider: [WhatsAppProvider: any Carrier] = [:]
        if let twilio {
            let gate = ProviderGate(maxInFlight: maxInFlight)
            let api = Twilio(accountSID: twilio.sid, secret: twilio.token, endpoint: endpoint(twilioURL))
            func carrier(_ channel: OutgoingText.Channel, _ sender: String) -> any Carrier {
                TextCarrier(api, client: client, channel: channel, sender: sender, statusCallback: statusCallback, gate: gate)
            }
            byChannel[.sms] = twilio.smsFrom.map { [carrier(.sms, $0)] }
            whatsAppByProvider[.twilio] = twilio.whatsAppFrom.map { carrier(.whatsapp, $0) }
        }
        whatsAppByProvider[.greenAPI] = greenAPI.map {
            TextCarrier(
                $0, client: client, channel: .whatsapp, sender: "", statusCallback: nil,
                gate: ProviderGate(maxInFlight: maxInFlight))
        }
        byChannel[.whatsapp] = whatsApp.compactMap { whatsAppByProvider[$0] }
        return Carriers(byChannel, accounts: accounts(over: client))
    }

    private func endpoint(_ url: String) -> ProviderEndpoint { ProviderEndpoint(url, timeout: providerTimeout) }

    private func mailCarrier(_ provider: MailProvider, over client: HTTPClient) -> (any Carrier)? {
        let gate = ProviderGate(maxInFlight: maxInFlight)
        return switch provider {
        case .resend:
            resend.key.map {
                MailCarrier(Resend(apiKey: $0, endpoint: endpoint(resend.url)), client: client, sender: sender, gate: gate)
            }
        case .sendgrid:
            sendGrid.key.map {
                MailCarrier(SendGrid(apiKey: $0, endpoint: endpoint(sendGrid.url)), client: client, sender: sender, gate: gate)
            }
        case .smtp: relay.map { relayCarrier($0, sender: sender, account: "default") }
        case .outbox: OutboxCarrier(directory: outboxDirectory, sender: sender)
        }
    }

    private func relayCarrier(_ server: SMTPServer, sender: Mailbox, account: String) -> SMTPCarrier {
        SMTPCarrier(
            SMTP(server, timeout: providerTimeout),
            client: MailClient(HTTPClientConfiguration(certificateAuthorities: relayAuthorities), lanes: relayConnections),
            sender: sender, account: account, gate: ProviderGate(maxInFlight: maxInFlight))
    }

    /// Accounts of tenants: the environment's URLs, with senders and secrets of their own.
    private func accounts(over client: HTTPClient) -> ProviderAccounts {
        let configuration = self
        return ProviderAccounts { account in
            guard let secret = configuration.secrets(account.secretReference) else {
                return .failure(UnusableAccount(reason: "\(account.secretReference) is not set"))
            }
            return configuration.carrier(account, secret, over: client)
        }
    }

    private func carrier(
        _ account: ProviderAccounts.Account, _ secret: Primitives.Secret, over client: HTTPClient
    ) -> Result<any Carrier, UnusableAccount> {
        let gate = ProviderGate(maxInFlight: maxInFlight)
        func mail(_ make: (Mailbox) -> (any Carrier)?) -> Result<any Carrier, UnusableAccount> {
            guard let sender = Mailbox(parsing: account.sender) else {
                return .failure(UnusableAccount(reason: "its sender is no mail address"))
            }
            return make(sender).map { .success($0) }
                ?? .failure(UnusableAccount(reason: "\(account.secretReference) is no smtp:// URL"))
        }
        func text(_ provider: any TextProvider, _ channel: OutgoingText.Channel) -> Result<any Carrier, UnusableAccount> {
            .success(
                TextCarrier(
                    provider, client: client, channel: channel, sender: account.sender,
                    statusCallback: provider.provider == .twilio ? statusCallback : nil, account: account.name, gate: gate))
        }
        func mailCarrier(_ provider: any EmailProvider) -> Result<any Carrier, UnusableAccount> {
            mail { MailCarrier(provider, client: client, sender: $0, account: account.name, gate: gate) }
        }
        switch (account.provider, account.channel) {
        case ("resend", .email): return mailCarrier(Resend(apiKey: secret, endpoint: endpoint(resend.url)))
        case ("sendgrid", .email): return mailCarrier(SendGrid(apiKey: secret, endpoint: endpoint(sendGrid.url)))
        case ("smtp", .email):
            return mail { sender in
                (try? SMTPServer(parsing: secret)).map { relayCarrier($0, sender: sender, account: account.name) }
            }
        case ("twilio", .sms):
            return text(Twilio(accountSID: account.name, secret: secret, endpoint: endpoint(twilioURL)), .sms)
        case ("twilio", .whatsapp):
            return text(Twilio(accountSID: account.name, secret: secret, endpoint: endpoint(twilioURL)), .whatsapp)
        case ("green_api", .whatsapp):
            return text(GreenAPI(instanceID: account.name, token: secret, endpoint: endpoint(greenURL)), .whatsapp)
        default:
            return .failure(UnusableAccount(reason: "\(account.provider) cannot send \(account.channel.rawValue)"))
        }
    }
}
