internal import HTTPServer

/// One request as the control API and the journal show it.
struct RequestRecord: Encodable, Sendable {
    let n: Int
    let at: String
    let provider: SimulatedProvider
    let method: String
    let path: String
    let headers: [String: String]
    let body: String
    let status: Int
    let effect: String?

    init(_ n: Int, _ provider: SimulatedProvider, _ request: HTTPServerRequest, _ status: Int, _ effect: String?) {
        self.n = n
        at = WireDate.iso8601(WireDate.now())
        self.provider = provider
        method = request.method
        path = provider == .greenAPI ? Self.withoutToken(request.target) : request.target
        // Even a test's credentials look like credentials to whoever scans logs.
        headers = Dictionary(
            request.headers.map { ($0.name.lowercased(), $0.name.lowercased() == "authorization" ? "[secret]" : $0.value) },
            uniquingKeysWith: { "\($0), \($1)" })
        body = String(decoding: request.body, as: UTF8.self)
        self.status = status
        self.effect = effect
    }

    /// Green API's token is the last part of its paths.
    private static func withoutToken(_ target: String) -> String {
        let path = target.prefix { $0 != "?" }
        guard let slash = path.lastIndex(of: "/") else { return target }
        return path[...slash] + "[secret]" + target.dropFirst(path.count)
    }
}

/// One accepted message as the control API shows it.
struct EffectRecord: Encodable, Sendable {
    let n: Int
    let id: String
    let provider: SimulatedProvider
    let to: String
    let from: String
    let key: String?
    let arguments: [String: String]
    let body: String?
    let accepted_at: String

    init(_ n: Int, _ effect: Effect) {
        self.n = n
        id = effect.id
        provider = effect.provider
        to = effect.to
        from = effect.from
        key = effect.key
        arguments = effect.arguments
        body = effect.body
        accepted_at = WireDate.iso8601(effect.acceptedAt)
    }
}

/// The counts.
struct Summary: Encodable, Sendable {
    struct Count: Encodable, Sendable {
        private let total: Int
        private let counts: [SimulatedProvider: Int]

        init(_ total: Int, _ counts: [SimulatedProvider: Int]) {
            self.total = total
            self.counts = counts
        }

        /// `total` and every provider, with a zero where nothing came.
        func encode(to encoder: any Encoder) throws {
            let named = SimulatedProvider.allCases.map { ($0.rawValue, counts[$0] ?? 0) }
            try Dictionary(uniqueKeysWithValues: named + [("total", total)]).encode(to: encoder)
        }
    }

    let requests: Count
    let effects: Count
    /// How often each provider gave each status; 0 is a connection that ended without one.
    let statuses: [String: [String: Int]]
}
