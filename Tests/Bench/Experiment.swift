/// Something that is measured, beside a peer that does the same by other means.
protocol Experiment: Sendable {
    /// What comes out, the first one being what it is about.
    var quantities: [Quantity] { get }

    /// Makes the tables that every run finds. Called once a size, on an empty migrated database.
    func prepare(_ stage: Stage) async throws

    /// One run; values by the quantities' names.
    func measure(_ stage: Stage) async throws -> [String: Double]

    /// One run of the peer, on the same tables; empty where there is none.
    func measurePeer(_ stage: Stage) async throws -> [String: Double]
}

extension Experiment {
    func measurePeer(_ stage: Stage) async throws -> [String: Double] { [:] }
}

/// One figure of an experiment.
struct Quantity: Sendable {
    let name: String
    let unit: String
    /// What it is held against in the same run.
    var peer: String?
    /// What is to be reached, in words.
    var target: String?
}

/// How large the tables are: each experiment is also run at a tenth, to show how its cost grows.
enum BenchSize: Int, CaseIterable {
    case full = 1
    case tenth = 10

    /// What a name gets behind it in the JSON.
    var suffix: String { self == .full ? "" : "_tenth" }
}

/// Where a run takes place.
struct Stage: Sendable {
    let servers: BenchServers
    let database: BenchDatabase
    let size: BenchSize

    /// `count` at full size, its tenth at a tenth.
    func scaled(_ count: Int) -> Int { count / size.rawValue }
}

/// The experiment did not do what was to be measured.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
