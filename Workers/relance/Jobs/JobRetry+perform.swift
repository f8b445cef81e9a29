import Postgres

extension JobRetry {
    /// Locks a job, decides, and does it; the audit is the caller's.
    ///
    /// - Throws: `Refusal`, with nothing done.
    static func perform(_ id: Int64, by operatorName: String, _ session: PostgresSession) throws -> (Facts, Plan) {
        guard let row = try session.query(.lockJob, [.int(id)]).first else { throw Refusal.unknown(id) }
        let facts = try Facts(row)
        let plan = try plan(facts)
        switch plan {
        case .advance: _ = try session.query(.advanceJob, [.int(id)]).single()
        case .redrive(let delivery):
            if try session.query(.redriveJob, [.int(id), .text(operatorName)]).first == nil { throw Refusal.replaced }
            if let delivery { _ = try session.query(.reopenDelivery, [.int(delivery)]).single() }
        }
        return (facts, plan)
    }
}

extension JobRetry.Facts {
    /// What the audit keeps of it.
    var audit: JSONValue {
        .object([("state", .text(state)), ("was", .optional(reason)), ("delivery", .optional(delivery?.id))])
    }
}

extension SQLStatement {
    fileprivate static let lockJob = SQLStatement(embedded: PackageResources.lock_job_sql)
    fileprivate static let redriveJob = SQLStatement(embedded: PackageResources.redrive_job_sql)
    /// A waiting job becomes available now.
    static let advanceJob = SQLStatement(embedded: PackageResources.advance_job_sql)
    /// A failed message becomes a planned one again.
    static let reopenDelivery = SQLStatement(embedded: PackageResources.reopen_delivery_sql)
}
