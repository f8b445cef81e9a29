internal import API
internal import Postgres
private import Primitives

/// Something that a visitor of a form sends. Submissions and abandons are one kind of write, since they touch the same visits:
/// their locks are taken together, in one order.
struct FormEntry: Write {
    /// What it is.
    enum Matter: Sendable {
        case submission(FormSubmission)
        case abandon(FormAbandon)
    }

    let tenantID: String
    let formID: String
    let matter: Matter

    static let kind = "form"
    var order: (String, String) { (tenantID, formID) }

    /// Whom and what it is about, by names that cannot be taken for each other: entries that share one take turns.
    var subjects: [String] {
        let (sessionID, email, phone) =
            switch matter {
            case .submission(let submission): (submission.sessionID, submission.email, submission.phone)
            case .abandon(let abandon): (Optional(abandon.sessionID), abandon.email, abandon.phone)
            }
        return [
            sessionID.map { "session\u{1F}\(formID)\u{1F}\($0)" }, email.map { "email\u{1F}\($0)" },
            phone.map { "phone\u{1F}\($0)" },
        ]
        .compactMap { $0.map { "form\u{1F}\(tenantID)\u{1F}\($0)" } }
    }

    /// A batch taken apart into statements.
    private struct Sheet {
        /// Submissions of which no two in a round are about the same visit or person: a statement does not see what it does
        /// itself, but the next one does.
        var rounds: [[Int]] = []
        var abandons: [Int] = []

        init(_ batch: [FormEntry]) {
            var taken: [Set<String>] = []
            for (index, entry) in batch.enumerated() {
                guard case .submission = entry.matter else {
                    abandons.append(index)
                    continue
                }
                let subjects = entry.subjects
                let round = taken.firstIndex { $0.isDisjoint(with: subjects) } ?? taken.count
                if round == taken.count {
                    taken.append([])
                    rounds.append([])
                }
                taken[round].formUnion(subjects)
                rounds[round].append(index)
            }
        }
    }

    static func statements(for batch: [FormEntry]) -> [(SQLStatement, [PostgresValue])] {
        let sheet = Sheet(batch)
        let tenants = Set(sheet.rounds.joined().map { batch[$0].tenantID }).sorted()
        let lock: (SQLStatement, [PostgresValue]) = (.lockForms, [.texts(batch.flatMap(\.subjects)), .texts(tenants)])
        let rounds = sheet.rounds.map { (SQLStatement.submitForms, submissions($0.map { batch[$0] })) }
        // After the submissions: a visit that ends and breaks off at once has ended.
        let captures = sheet.abandons.isEmpty ? [] : [(SQLStatement.captureAbandons, abandons(sheet.abandons.map { batch[$0] }))]
        return [lock] + rounds + captures
    }

    private static func submissions(_ entries: [FormEntry]) -> [PostgresValue] {
        let list = entries.compactMap { if case .submission(let submission) = $0.matter { submission } else { nil } }
        return [
            .texts(list.map(\.id)), .texts(entries.map(\.tenantID)), .texts(entries.map(\.formID)),
            .texts(list.map(\.newLeadID)), .texts(list.map(\.name)), .texts(list.map(\.email)), .texts(list.map(\.phone)),
            .texts(list.map(\.locale)), .texts(list.map(\.timezone)), .texts(list.map(\.sessionID)),
            .texts(list.map(\.abandonID)), .texts(list.map(\.answers)), .texts(list.map(\.consent.rawValue)),
            .bools(list.map(\.isTrusted)),
        ]
    }

    private static func abandons(_ entries: [FormEntry]) -> [PostgresValue] {
        let list = entries.compactMap { if case .abandon(let abandon) = $0.matter { abandon } else { nil } }
        return [
            .texts(list.map(\.id)), .texts(entries.map(\.tenantID)), .texts(entries.map(\.formID)),
            .texts(list.map(\.sessionID)), .texts(list.map(\.name)), .texts(list.map(\.email)), .texts(list.map(\.phone)),
            .texts(list.map(\.locale)), .texts(list.map(\.timezone)), .texts(list.map(\.consent.rawValue)),
            .texts(list.map(\.answers)), .timestamps(list.map(\.activeAt)),
        ]
    }

    static func answers(
        to batch: [FormEntry], from rows: [PostgresRows]
    ) throws(PostgresError) -> [Result<Answer, Problem>] {
        let sheet = Sheet(batch)
        var answers: [Result<Answer, Problem>?] = Array(repeating: nil, count: batch.count)
        for (statement, indexes) in zip(rows.dropFirst(), sheet.rounds + (sheet.abandons.isEmpty ? [] : [sheet.abandons])) {
            guard statement.count == indexes.count else { throw .data(statement: "submit_forms", "not a row for each") }
            for (row, index) in indexes.enumerated() { answers[index] = try batch[index].answer(statement[row]) }
        }
        return answers.compactMap { $0 }
    }

    private func answer(_ row: PostgresRow) throws(PostgresError) -> Result<Answer, Problem> {
        guard let status = try row.optionalText("form_status") else { return .failure(.notFound("form")) }
        guard status == "ACTIVE" else {
            return .failure(
                Problem(409, "form_not_active", "This form is \(status.lowercased()): only an active one takes anything."))
        }
        switch matter {
        case .abandon:
            return .success(.json(["success": true, "captured": .bool(try row.bool("is_captured"))]))
        case .submission(let submission):
            guard let instant = try row.optionalTimestamp("created_at"), let lead = try row.optionalText("lead_id") else {
                return .failure(Problem(403, "lead_quota_reached", "This organisation has as many leads as it may have."))
            }
            var members: [JSON.Member] = [
                .init("success", true),
                .init(
                    "submission",
                    ["id": .string(submission.id), "form_id": .string(formID), "created_at": .string(instant.description)]),
            ]
            if submission.isTrusted {
                members.append(
                    .init(
                        "lead",
                        [
                            "id": .string(lead), "created": .bool(lead == submission.newLeadID),
                            "recovered": .bool(try row.bool("is_recovery")),
                        ]))
            }
            return .success(.json(.object(members), status: 201))
        }
    }
}

extension SQLStatement {
    fileprivate static let lockForms = SQLStatement(embedded: PackageResources.lock_forms_sql)
    fileprivate static let submitForms = SQLStatement(embedded: PackageResources.submit_forms_sql)
    fileprivate static let captureAbandons = SQLStatement(embedded: PackageResources.capture_abandons_sql)
}
