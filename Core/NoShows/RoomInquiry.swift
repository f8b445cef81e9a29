private import FoundationEssentials
public import HTTPClient
private import Primitives
public import Providers
public import Runtime

/// Asks LiveKit's room service about rooms that have told nothing: its webhooks are not guaranteed.
///
/// Outside any transaction, and before the one that decides: nothing is written, so a crash in between is harmless. Bounded in
/// time and in requests at once; what was not asked in time is left for the next tick.
public struct RoomInquiry: Sendable {
    /// Rooms named in one question.
    private static let roomsPerQuestion = 100
    /// Questions under way at once.
    private static let concurrency = 8

    private let project: LiveKit?
    private let client: HTTPClient
    private let budget: Duration

    /// - Parameters:
    ///   - project: nil where there is nobody to ask: nothing is known then.
    ///   - budget: after which no question is begun any more; well below the leader's lease.
    public init(_ project: LiveKit?, over client: HTTPClient, budget: Duration = .seconds(4)) {
        self.project = project
        self.client = client
        self.budget = budget
    }

    /// Reads LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET; faults are collected in `environment`.
    public init(_ environment: inout Environment) {
        let client = HTTPClient(
            HTTPClientConfiguration(maxConnectionsPerHost: Self.concurrency, maxConnections: Self.concurrency))
        let url = environment.text("LIVEKIT_URL")
        guard let key = environment.text("LIVEKIT_API_KEY"), url != nil else {
            if url != nil { environment.fault("LIVEKIT_URL is set: LIVEKIT_API_KEY and LIVEKIT_API_SECRET are needed with it") }
            self.init(nil, over: client)
            return
        }
        guard let secret = environment.secret("LIVEKIT_API_SECRET") else {
            environment.fault("LIVEKIT_API_KEY is set: LIVEKIT_API_SECRET is needed with it")
            self.init(nil, over: client)
            return
        }
        let endpoint = ProviderEndpoint(url ?? "", timeout: .seconds(2))
        self.init(LiveKit(apiKey: key, secret: secret, endpoint: endpoint), over: client)
    }

    /// Asks about rooms.
    ///
    /// - Returns: an answer for each room that was asked about in time.
    func answers(_ rooms: [SilentRoom]) async -> [(SilentRoom, SilentRoom.Answer)] {
        guard let project else { return rooms.map { ($0, .unavailable) } }
        let deadline = ContinuousClock.now + budget
        var answers: [(SilentRoom, SilentRoom.Answer)] = []
        var occupied: [(SilentRoom, Int)] = []
        var rest = rooms[...]
        while !rest.isEmpty, ContinuousClock.now < deadline {
            let batch = rest.prefix(Self.roomsPerQuestion)
            switch await project.rooms(batch.map(\.name), now: Date(), over: client) {
            case .known(let known):
                let counts = Dictionary(known.map { ($0.name, $0.participantCount) }) { max($0, $1) }
                for room in batch {
                    let count = counts[room.name] ?? 0
                    if count > 0 { occupied.append((room, count)) } else { answers.append((room, .empty)) }
                }
            case .roomNotFound: answers += batch.map { ($0, .empty) }
            case .unavailable:
                // Whoever does not answer the first question is not asked a hundred more.
                answers += rest.map { ($0, .unavailable) }
                rest = []
            }
            rest = rest.dropFirst(Self.roomsPerQuestion)
        }
        return answers + (await people(in: occupied, of: project, until: deadline))
    }

    private func people(
        in rooms: [(SilentRoom, Int)], of project: LiveKit, until deadline: ContinuousClock.Instant
    ) async -> [(SilentRoom, SilentRoom.Answer)] {
        await withTaskGroup { group in
            var answers: [(SilentRoom, SilentRoom.Answer)] = []
            var waiting = rooms.makeIterator()
            var underWay = 0
            while true {
                while underWay < Self.concurrency, ContinuousClock.now < deadline, let (room, count) = waiting.next() {
                    underWay += 1
                    group.addTask { (room, await answer(about: room, count: count, of: project)) }
                }
                guard let answer = await group.next() else { return answers }
                underWay -= 1
                answers.append(answer)
            }
        }
    }

    private func answer(about room: SilentRoom, count: Int, of project: LiveKit) async -> SilentRoom.Answer {
        let now = Date()
        switch await project.participants(in: room.name, now: now, over: client) {
        case .known(let participants):
            let people = participants.filter(\.isPresent).compactMap { person in
                SilentRoom.Occupant(
                    identity: person.identity,
                    joinedAt: Timestamp(
                        microseconds: Int64(person.joinedAt ?? Int(now.timeIntervalSince1970)) * 1_000_000))
            }
            return people.isEmpty ? .empty : .occupied(people)
        case .roomNotFound: return .empty
        // Two are in it, whoever they are: it takes place. One may be either.
        case .unavailable: return count > 1 ? .occupied([]) : .unavailable
        }
    }
}
