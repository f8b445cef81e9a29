private import FoundationEssentials
public import Postgres
private import Primitives
public import Runtime

/// The row that each run of a program leaves behind (D-71).
public struct RunRecord: Sendable {
    /// How a run ended.
    public enum Status: String, Sendable {
        /// All that was due is done.
        case completed
        /// An error ended it.
        case failed
        /// It was asked to stop.
        case interrupted
    }

    private let identity: ProcessIdentity
    private let program: String
    private let runID: String

    /// - Parameter runID: from `newID`.
    public init(program: String, identity: ProcessIdentity, runID: String) {
        self.program = program
        self.identity = identity
        self.runID = runID
    }

    /// A new run's identifier.
    public static func newID() -> String { UUID().uuidString.lowercased() }

    /// Opens the row. Its answer's `epoch` says whether the run leads.
    public func open(isDegraded: Bool) -> (SQLStatement, [PostgresValue]) {
        (.openRun, [.text(runID), .text(program), .text(identity.host), .text(identity.holder), .bool(isDegraded)])
    }

    /// Closes the row.
    public func close(
        _ status: Status, exit: ExitCode, counts: [(String, Int)], error: String?, epoch: Int64?, isDegraded: Bool
    ) -> (SQLStatement, [PostgresValue]) {
        (
            .closeRun,
            [
                .text(runID), .text(status.rawValue), .int(Int(exit.rawValue)), .text(Self.json(counts)),
                .optional(error.map { String($0.prefix(1000)) }), epoch == nil ? .null : .text("leader"),
                epoch.map { .int($0) } ?? .null, .bool(isDegraded),
            ]
        )
    }

    /// Writes a resident run's progress.
    public func update(counts: [(String, Int)], epoch: Int64?) -> (SQLStatement, [PostgresValue]) {
        (
            .updateRun,
            [
                .text(runID), .text(Self.json(counts)), epoch == nil ? .null : .text("leader"),
                epoch.map { .int($0) } ?? .null,
            ]
        )
    }

    /// Counts as a JSON object.
    public static func json(_ counts: [(String, Int)]) -> String {
        "{" + counts.map { "\(JSONText.quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    }
}

extension SQLStatement {
    static let openRun = SQLStatement(embedded: PackageResources.open_run_sql)
    static let closeRun = SQLStatement(embedded: PackageResources.close_run_sql)
    static let updateRun = SQLStatement(embedded: PackageResources.update_run_sql)
}
