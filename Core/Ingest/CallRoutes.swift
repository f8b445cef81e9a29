internal import API

/// Calls (K-33), which prove who came (K-23). LiveKit's webhooks meet the same rows (V0009).
struct CallRoutes {
    let backend: Backend
    /// Wakes whoever delivers messages.
    let hint: @Sendable () async -> Void

    var all: [Route] { [start, join, end] }

    /// Whose side somebody is on.
    enum Role: String, CaseIterable, Sendable {
        case lead, closer
    }

    private static let callID = Shape<String>.object(.required("id", .text(1...260), "the call"))
    private static let identity = Field<String?>.optional(
        "identity", .id, "who, as in the room: lead:… or user:…; by default the appointment's lead or closer")

    private static func given(_ caller: Caller, _ role: Role?, _ identity: String?) -> JSON {
        var given: [JSON.Member] = [.init("actor", .string(caller.name))]
        if let role { given.append(.init("role", .string(role.rawValue))) }
        // A closer who calls from a dashboard is known by the token.
        let own = role == .closer && caller.name.hasPrefix("user:") ? caller.name : nil
        if let identity = identity ?? own { given.append(.init("identity", .string(identity))) }
        return .object(given)
    }

    private static func schema(_ more: JSON.Member...) -> JSON {
        Appointment.object(
            [.init("success", ["type": "boolean"]), .init("call", Appointment.callSchema)] + more
                + [.init("appointment_status", ["type": "string"])])
    }

    private static func answer(_ appointment: Appointment, status: Int = 200, _ more: JSON.Member...) -> Answer {
        .json(
            .object(
                [.init("success", true), .init("call", appointment.call)] + more
                    + [.init("appointment_status", .string(appointment.status))]), status: status)
    }

    private static let flag: JSON = ["type": "boolean"]

    private var start: Route {
        Route(
            .post, "/calls/start", "Starts the call of an appointment, or finds the one that is open", access: .scope(.ingest),
            parameters: .nothing, query: .nothing,
            body: .json(
                Shape<(String, Role?, String?)>.object(
                    .required("appointmentId", .id, "the appointment"),
                    .optional("role", Shape<Role>.choice, "who starts it is in it at once"), Self.identity), upTo: 8 << 10),
            isIdempotent: true,
            answers: [
                .json(201, "started", Self.schema(.init("no_show_reverted", Self.flag))),
                .json(200, "open already", Self.schema(.init("no_show_reverted", Self.flag))),
                .problem(404, "no such appointment here"),
                .problem(409, "invalid_transition: it is cancelled; or the Idempotency-Key is being worked on"),
            ]
        ) { call in
            try await commit(
                Scheduling(
                    tenantID: call.caller.tenantID, action: .startCall, subject: call.body.0,
                    given: Self.given(call.caller, call.body.1, call.body.2)
                ) { outcome, appointment in
                    Self.answer(
                        appointment, status: outcome["is_new"] == .bool(true) ? 201 : 200,
                        .init("no_show_reverted", outcome["undone"] ?? false))
                }, for: call)
        }
    }

    private var join: Route {
        Route(
            .post, "/calls/{id}/join", "Says who is in a call; again is no fault", access: .scope(.ingest),
            parameters: Self.callID, query: .nothing,
            body: .json(
                Shape<(Role, String?)>.object(.required("role", Shape<Role>.choice, "whose side they are on"), Self.identity),
                upTo: 8 << 10),
            isIdempotent: true,
            answers: [
                .json(200, "in the call, now or before", Self.schema()), .problem(404, "no such call here"),
                .problem(409, "call_ended; or the Idempotency-Key is being worked on"),
            ]
        ) { call in
            try await commit(
                Scheduling(
                    tenantID: call.caller.tenantID, action: .joinCall, subject: call.path,
                    given: Self.given(call.caller, call.body.0, call.body.1)
                ) { _, appointment in Self.answer(appointment) }, for: call)
        }
    }

    private var end: Route {
        Route(
            .post, "/calls/{id}/end", "Ends a call; one that both sides were in completes its appointment",
            access: .scope(.ingest), parameters: Self.callID, query: .nothing, body: .none, isIdempotent: true,
            answers: [
                .json(200, "ended, now or before", Self.schema(.init("completed", Self.flag))),
                .problem(404, "no such call here"),
            ]
        ) { call in
            try await commit(
                Scheduling(
                    tenantID: call.caller.tenantID, action: .endCall, subject: call.path,
                    given: ["actor": .string(call.caller.name)]
                ) { outcome, appointment in
                    Self.answer(appointment, .init("completed", outcome["completed"] ?? false))
                }, for: call)
        }
    }

    private func commit<Path, Query, Content>(
        _ write: Scheduling, for call: Call<Path, Query, Content>
    ) async throws(Problem) -> Answer {
        let answer = try await backend.commit(write, for: call)
        await hint()
        return answer
    }
}
