private import FoundationEssentials
private import Providers
internal import Runtime

/// Who may enter a call of our own: LIVEKIT_API_KEY and LIVEKIT_API_SECRET.
enum VideoCalls {
    /// What makes a reader's token; nil where no project is configured: such a call is announced without a link.
    static func token(_ environment: inout Environment) -> ReminderSource.VideoToken? {
        guard let key = environment.text("LIVEKIT_API_KEY") else { return nil }
        guard let secret = environment.secret("LIVEKIT_API_SECRET") else {
            environment.fault("LIVEKIT_API_KEY is set: LIVEKIT_API_SECRET is needed with it")
            return nil
        }
        // Tokens are signed here; the rooms' own address is for those who ask who is in them.
        let project = LiveKit(apiKey: key, secret: secret, endpoint: ProviderEndpoint("http://localhost:7880"))
        return { room, identity, name, notBefore, expiresAt in
            try? project.token(
                for: LiveKit.Grant(room: room, identity: identity, name: name), notBefore: notBefore, expires: expiresAt)
        }
    }
}
