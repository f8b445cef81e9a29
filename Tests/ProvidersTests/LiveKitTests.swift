private import Primitives
internal import FoundationEssentials
internal import HTTPClient
internal import Providers
internal import Testing

/// LiveKit's tokens and room service.
struct LiveKitTests {
    private static let now = Date(timeIntervalSince1970: 1_768_478_400)
    private static let liveKit = LiveKit(
        apiKey: "APIkey123", secret: Secret("secret_0123456789abcdef"), endpoint: ProviderEndpoint("wss://rooms.example.test"))
    private static let grant = LiveKit.Grant(room: "appointment-1", identity: "lead:l1", name: "Ana")

    /// Made by Python's `hmac`, with the claims in the order of their names.
    private static let token =
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3Njg0ODIwMDAsImlzcyI6IkFQSWtleTEyMyIsIm5hbWUiOiJBbmEiLCJuYmYiOjE3Njg0Nzg0MDAsInN1YiI6ImxlYWQ6bDEiLCJ2aWRlbyI6eyJjYW5QdWJsaXNoIjp0cnVlLCJjYW5QdWJsaXNoRGF0YSI6dHJ1ZSwiY2FuU3Vic2NyaWJlIjp0cnVlLCJyb29tIjoiYXBwb2ludG1lbnQtMSIsInJvb21Kb2luIjp0cnVlfX0.jP4fZhSoPbsrsfubIGwmHUWHFzOWADGKs0B2hNDnFgE"

    @Test func `a token is the one that another implementation makes`() throws {
        #expect(try Self.liveKit.token(for: Self.grant, notBefore: Self.now, expires: Self.now + 3600) == Self.token)
    }

    @Test func `a token says who may enter which room, and when`() throws {
        #expect(Self.liveKit.grant(in: Self.token, now: Self.now) == Self.grant)
        #expect(Self.liveKit.grant(in: Self.token, now: Self.now + 3600 + 61) == nil)
        #expect(Self.liveKit.grant(in: Self.token, now: Self.now - 61) == nil)
        for stranger in [("APIkey123", "another secret"), ("APIkey124", "secret_0123456789abcdef")] {
            let other = LiveKit(apiKey: stranger.0, secret: Secret(stranger.1), endpoint: ProviderEndpoint("https://a.test"))
            #expect(other.grant(in: Self.token, now: Self.now) == nil)
        }
    }

    @Test func `a listener's token lets nothing be said`() throws {
        var grant = Self.grant
        grant.canPublish = false
        let token = try Self.liveKit.token(for: grant, notBefore: Self.now, expires: Self.now + 60)
        #expect(Self.liveKit.grant(in: token, now: Self.now) == grant)
    }

    private static func live(_ simulator: SimulatorProcess, key: String = "APIkey") -> LiveKit {
        LiveKit(apiKey: key, secret: Secret("secret"), endpoint: simulator.endpoint("livekit"))
    }

    @Test func `who is in a room is told, and that there is none`() async throws {
        let simulator = try SimulatorProcess()
        let rooms = #"{"rooms":{"appointment-1":["lead:l1","closer:c1"],"appointment \"é\"":[]}}"#
        #expect(try await simulator.control(.put, "settings", rooms).status == 204)
        let live = Self.live(simulator)
        let answer = await live.participants(in: "appointment-1", now: Date(), over: simulator.client)
        guard case .known(let people) = answer else { return #expect(Bool(false), "\(answer)") }
        #expect(people.map(\.identity) == ["lead:l1", "closer:c1"])
        #expect(people.allSatisfy { $0.isPresent && $0.joinedAt == 1_763_640_000 })
        #expect(await live.participants(in: "appointment \"é\"", now: Date(), over: simulator.client) == .known([]))
        #expect(await live.participants(in: "appointment-2", now: Date(), over: simulator.client) == .roomNotFound)
        let named = await live.rooms(["appointment-1", "appointment-2"], now: Date(), over: simulator.client)
        #expect(named == .known([LiveKit.Room(name: "appointment-1", sid: "RM_appointment-1", participantCount: 2)]))
        guard case .known(let all) = await live.rooms(now: Date(), over: simulator.client) else { return #expect(Bool(false)) }
        #expect(all.count == 2)
    }

    @Test func `silence, refusals and strangers' pages are never an empty room`() async throws {
        let simulator = try SimulatorProcess()
        let room = "appointment-1"
        let refused = Self.live(simulator, key: "invalid")
        #expect(await refused.participants(in: room, now: Date(), over: simulator.client) == .unavailable(reason: "http_401"))
        let late = Self.live(simulator)
        #expect(await late.rooms(now: Date() - 600, over: simulator.client) == .unavailable(reason: "http_401"))
        for base in ["nowhere", "livekit/other"] {
            let elsewhere = LiveKit(apiKey: "k", secret: Secret("s"), endpoint: simulator.endpoint(base))
            #expect(
                await elsewhere.participants(in: room, now: Date(), over: simulator.client) == .unavailable(reason: "http_404"))
        }
        let dead = LiveKit(apiKey: "k", secret: Secret("s"), endpoint: ProviderEndpoint("ws://127.0.0.1:1"))
        #expect(
            await dead.participants(in: room, now: Date(), over: simulator.client) == .unavailable(reason: "could_not_connect"))
    }
}
