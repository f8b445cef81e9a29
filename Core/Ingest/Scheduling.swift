internal import API
internal import Postgres

/// A request that books or changes an appointment, marks it, or opens, joins or ends its call.
///
/// All of them are one kind: what one may do depends on what the others have done, so those of an organisation take turns, and a
/// batch performs them one after the other (`relance.schedule`, V0009).
struct Scheduling: Write {
    /// What is done.
    enum Action: String, Sendable {
        case book, change
        case noShow = "no_show"
        case startCall = "start_call"
        case joinCall = "join_call"
        case endCall = "end_call"
        /// Nothing: for reading alone.
        case read
    }

    /// Makes the answer out of what the action came to and how things stand after it.
    typealias Answering = @Sendable (_ outcome: JSON, _ appointment: Appointment) -> Answer

    let tenantID: String
    let action: Action
    /// The appointment's id, or the call's.
    let subject: String
    /// What the action needs, under the names that V0009 reads.
    let given: JSON
    let answering: Answering

    static let kind = "scheduling"
    var order: (String, String) { (tenantID, subject) }
    var schedulingTenant: String? { tenantID }

    static func statements(for batch: [Scheduling]) -> [(SQLStatement, [PostgresValue])] {
        let tenants = PostgresValue.texts(batch.map(\.tenantID))
        let actions = PostgresValue.texts(batch.map(\.action.rawValue))
        let subjects = PostgresValue.texts(batch.map(\.subject))
        let given = PostgresValue.texts(batch.map { String(decoding: $0.given.bytes, as: UTF8.self) })
        return [
            (.performScheduling, [tenants, actions, subjects, given]),
            (.readAppointments, [tenants, actions, subjects]),
            // Other kinds of the same transaction act for others.
            (.forgetActor, []),
        ]
    }

    static func answers(
        to batch: [Scheduling], from rows: [PostgresRows]
    ) throws(PostgresError) -> [Result<Answer, Problem>] {
        guard rows[0].count == batch.count, rows[1].count == batch.count else {
            throw .data(statement: "perform_scheduling", "not a row for each request")
        }
        var answers: [Result<Answer, Problem>] = []
        for (index, write) in batch.enumerated() {
            let text = try rows[0][index].text("outcome")
            guard let outcome = try? JSONReader.read(Array(text.utf8)) else {
                throw .data(statement: "perform_scheduling", "an outcome is no JSON")
            }
            if let problem = SchedulingProblem.problem(outcome, of: write.action) {
                answers.append(.failure(problem))
            } else if let appointment = try Appointment(rows[1][index]) {
                answers.append(.success(write.answering(outcome, appointment)))
            } else {
                throw .data(statement: "read_appointments", "an appointment is missing")
            }
        }
        return answers
    }
}

extension SQLStatement {
    fileprivate static let performScheduling = SQLStatement(embedded: PackageResources.perform_scheduling_sql)
    fileprivate static let forgetActor = SQLStatement(
        unsafe: "select set_config('relance.actor', '', true)", name: "forget_actor")
    static let readAppointments = SQLStatement(embedded: PackageResources.read_appointments_sql)
}
