internal import API
internal import Crypto
private import FoundationEssentials
internal import HTTPServer
internal import Postgres
private import Primitives

/// What a visitor had typed before breaking off, for whoever comes back by the link in a recovery mail (K-12, D-52): the link says
/// whose visit it was, and nothing of what was typed stands in an address.
struct FormResume: Sendable {
    let tenantID: String
    let formID: String
    let abandonID: String

    /// The link's token comes in the body: addresses end up in logs and histories (as RFC 7662 has it for its tokens).
    static let shape: Shape<String> = .object(.required("resumeToken", .text(1...2048), "out of the link"))

    /// No copy of it is kept on the way.
    private static let headers = [HTTPServerField("Cache-Control", "no-store")]

    /// The one answer to whatever cannot be resumed, so that it tells nothing: not which tokens are genuine, nor what became of a
    /// visit.
    private static var unknown: Problem {
        var problem = Problem.notFound("visit")
        problem.headers = headers
        return problem
    }

    /// The visit that a token stands for: its subjects are tenant, form and abandon. Nil for a token that is not valid here and
    /// now.
    ///
    /// - Parameter links: nil where nobody signs links.
    init?(token: String, tenantID: String, formID: String, links: SignedLinkKeys?) {
        guard let link = try? links?.verify(token, purpose: .resume, now: Date()), link.subjects.count == 3,
            link.subjects[0] == tenantID, link.subjects[1] == formID
        else { return nil }
        (self.tenantID, self.formID, abandonID) = (tenantID, formID, link.subjects[2])
    }

    /// Reads what was typed.
    ///
    /// - Throws: 404 for whatever cannot be resumed.
    static func answer(to resume: FormResume?, _ reads: ReadPool) async throws(Problem) -> Answer {
        guard let resume, let answer = try await reads.read(resume.read) else { throw unknown }
        return answer
    }

    private func read(_ session: PostgresSession) throws(PostgresError) -> Answer? {
        let values: [PostgresValue] = [.text(tenantID), .text(formID), .text(abandonID)]
        return try session.query(.readVisit, values).first.map(Self.answer)
    }

    private static func answer(_ row: PostgresRow) throws(PostgresError) -> Answer {
        let consent: JSON =
            switch Consent(rawValue: try row.text("marketing_consent")) {
            case .granted: true
            case .denied: false
            default: .null
            }
        var answer = Answer.json([
            "success": true,
            "visit": [
                "session_id": .optional(try row.optionalText("session_id")), "name": .optional(try row.optionalText("name")),
                "email": .optional(try row.optionalText("email")), "phone": .optional(try row.optionalText("phone")),
                "locale": .optional(try row.optionalText("locale")),
                "timezone": .optional(try row.optionalText("timezone")), "marketing_consent": consent,
                "answers": .written(try row.text("answers")),
                "last_activity_at": .string(try row.timestamp("last_activity_at").description),
            ],
        ])
        answer.headers = headers
        return answer
    }

    static let answerSchema: JSON = [
        "type": "object",
        "properties": [
            "success": ["type": "boolean"],
            "visit": [
                "type": "object",
                "properties": [
                    "session_id": ["type": ["string", "null"]], "name": ["type": ["string", "null"]],
                    "email": ["type": ["string", "null"]], "phone": ["type": ["string", "null"]],
                    "locale": ["type": ["string", "null"]], "timezone": ["type": ["string", "null"]],
                    "marketing_consent": ["type": ["boolean", "null"]], "answers": ["type": "object"],
                    "last_activity_at": ["type": "string", "format": "date-time"],
                ],
                "required": [
                    "session_id", "name", "email", "phone", "locale", "timezone", "marketing_consent", "answers",
                    "last_activity_at",
                ],
            ],
        ],
        "required": ["success", "visit"],
    ]
}

extension SQLStatement {
    fileprivate static let readVisit = SQLStatement(embedded: PackageResources.read_visit_sql)
}
