/// All runs of one experiment at one size: ours and the peer's in turn, so that both see the same weather.
struct Trial {
    private let experiment: any Experiment
    private let size: BenchSize
    private let runs: Int
    private let servers: BenchServers

    init(_ experiment: any Experiment, size: BenchSize, runs: Int, on servers: BenchServers) {
        self.experiment = experiment
        self.size = size
        self.runs = runs
        self.servers = servers
    }

    /// Medians over the runs. The ratio is the median of each pair's own: what slowed down one side of a pair mostly slowed
    /// down the other as well.
    func run() async throws -> [Finding] {
        let name = (experiment.quantities.first?.name ?? "") + size.suffix
        progress("\(name): preparing")
        let database = try await servers.createDatabase()
        let stage = Stage(servers: servers, database: database, size: size)
        try await experiment.prepare(stage)
        var pairs: [(ours: [String: Double], peer: [String: Double])] = []
        for number in 1...runs {
            let ours = try await experiment.measure(stage)
            let peer = try await experiment.measurePeer(stage)
            pairs.append((ours, peer))
            progress("\(name): run \(number) of \(runs): \(Self.line(ours))" + (peer.isEmpty ? "" : " · peer \(Self.line(peer))"))
        }
        await database.close()
        try await servers.drop(database)
        return experiment.quantities.map { quantity in
            let values = pairs.compactMap { $0.ours[quantity.name] }
            let peers = pairs.compactMap { $0.peer[quantity.name] }
            let ratios = pairs.compactMap { pair in
                pair.peer[quantity.name].flatMap { peer in pair.ours[quantity.name].map { $0 / peer } }
            }
            return Finding(
                quantity: quantity, value: median(values) ?? .nan, spread: spread(values), peerValue: median(peers),
                ratio: median(ratios))
        }
    }

    private static func line(_ values: [String: Double]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key) \(figure($0.value))" }.joined(separator: ", ")
    }
}

/// What came out for one quantity at one size.
struct Finding: Sendable {
    let quantity: Quantity
    let value: Double
    /// From the lowest to the highest run, as a part of the median.
    let spread: Double
    let peerValue: Double?
    let ratio: Double?
}

/// The middle of some numbers; nil of none.
func median(_ values: [Double]) -> Double? {
    let sorted = values.sorted()
    if sorted.isEmpty { return nil }
    return sorted.count % 2 == 1 ? sorted[sorted.count / 2] : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
}

/// The number below which `part` of the values lie (nearest rank).
func percentile(_ part: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int((Double(sorted.count) * part).rounded(.up)) - 1)]
}

private func spread(_ values: [Double]) -> Double {
    guard let low = values.min(), let high = values.max(), let middle = median(values), middle > 0 else { return 0 }
    return (high - low) / middle
}

/// A number for people: four digits that count, thousands apart.
func figure(_ value: Double) -> String {
    if value.isNaN { return "–" }
    if abs(value) >= 1000 {
        var digits = String(Int(value.rounded()))
        var parts: [String] = []
        while digits.count > 3 {
            parts.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return ([digits] + parts).joined(separator: " ")
    }
    let factor: Double = abs(value) >= 100 ? 1 : abs(value) >= 10 ? 10 : 100
    let rounded = (value * factor).rounded() / factor
    return factor == 1 ? String(Int(rounded)) : String(rounded)
}
