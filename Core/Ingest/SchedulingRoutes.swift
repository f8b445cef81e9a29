internal import API
private import Calendars
private import Content
private import Crypto
private import FoundationEssentials
internal import HTTPServer
internal import Postgres
internal import Reminders

/// Appointments (K-28, K-31, K-32).
struct SchedulingRoutes {
    let backend: Backend
    let links: Links
    /// Wakes whoever delivers messages; a hint that is lost costs a minute (D-85).
    let hint: @Sendable () async -> Void

    var all: [Route] { [create, createInPublic, list, read, change, noShow, calendar] }

    private static let appointmentID = Shape<String>.object(.required("id", .id, "the appointment"))
    private static let refusals: [AnswerDescription] = [
        .problem(409, "slot_taken: the closer has another appointment then; or the Idempotency-Key is being worked on"),
        .problem(422, "past_date, too_far, unknown_closer, unknown_lead; or the Idempotency-Key came with another body"),
    ]

    /// Answers of everything that tells of an appointment.
    private static func answer(_ appointment: JSON, status: Int = 200, _ more: JSON.Member...) -> Answer {
        .json(.object([.init("success", true), .init("appointment", appointment)] + more), status: status)
    }

    private static func schema(_ appointment: JSON, _ more: JSON.Member...) -> JSON {
        Appointment.object([.init("success", ["type": "boolean"]), .init("appointment", appointment)] + more)
    }

    private var create: Route {
        Route(
            .post, "/scheduling/appointments", "Books an appointment for a lead, known or new", access: .scope(.ingest),
            parameters: .nothing, query: .nothing, body: .json(BookingRequest.shape, upTo: 16 << 10), isIdempotent: true,
            answers: [
                .json(201, "booked; its confirmation is on its way", Self.schema(Appointment.schema)),
                .problem(403, "lead_quota_reached; or a credential for another tenant or purpose"),
            ] + Self.refusals
        ) { call in
            let booking = try await call.body.booking(for: call.caller, isPublic: false, reads: backend.reads) { _, appointment in
                Self.answer(appointment.json, status: 201)
            }
            return try await commit(booking, for: call)
        }
    }

    private var createInPublic: Route {
        Route(
            .post, "/scheduling/appointments/public", "Books an appointment from a booking page, or moves one by its link",
            access: .scope(.public), parameters: .nothing, query: .nothing,
            body: .json(BookingRequest.publicShape, upTo: 16 << 10), isIdempotent: true,
            answers: [
                .json(201, "booked; its confirmation is on its way", Self.schema(Appointment.publicSchema)),
                .json(200, "moved by its link", Self.schema(Appointment.publicSchema)),
                .problem(403, "lead_blacklisted, lead_quota_reached; or a credential for another tenant, origin or purpose"),
            ] + Self.refusals
        ) { call in
            if let token = call.body.rescheduleToken { return try await move(call, by: token) }
            let booking = try await call.body.booking(for: call.caller, isPublic: true, reads: backend.reads) { _, appointment in
                Self.answer(appointment.publicJSON, status: 201)
            }
            return try await commit(booking, for: call)
        }
    }

    /// A lead who came by the link of a mail takes another time in place of the one that they have.
    private func move(_ call: Call<Void, Void, BookingRequest>, by token: String) async throws -> Answer {
        guard let keys = links.reminders.linkKeys, let link = try? keys.verify(token, purpose: .reschedule, now: Date()),
            link.subjects.count == 2, link.subjects[0] == call.caller.tenantID
        else { throw Problem.invalid([(.body, Fault(Pointer(["rescheduleToken"]), "is not valid, or has expired"))]) }
        let change = AppointmentChange(startsAt: call.body.startsAt, closerID: call.body.closerID)
        let given = try change.given(by: "link:reschedule")
        return try await commit(
            Scheduling(
                tenantID: call.caller.tenantID, action: .change, subject: link.subjects[1],
                given: .object(given + [.init("public", true)])
            ) { _, appointment in Self.answer(appointment.publicJSON) }, for: call)
    }

    private var list: Route {
        Route(
            .get, "/scheduling/appointments", "Lists appointments in the order of their starts", access: .scope(.read),
            parameters: .nothing, query: AppointmentList.query, body: .none,
            answers: [.json(200, "a page of appointments", AppointmentList.answerSchema)]
        ) { call in
            try await backend.reads.read { session throws(PostgresError) in
                try call.query.read(of: call.caller.tenantID, session)
            }
        }
    }

    private var read: Route {
        Route(
            .get, "/scheduling/appointments/{id}", "Tells of an appointment", access: .scope(.read),
            parameters: Self.appointmentID, query: .nothing, body: .none,
            answers: [.json(200, "the appointment", Self.schema(Appointment.schema)), .problem(404, "no such appointment here")]
        ) { call in
            let appointment = try await backend.reads.read { session throws(PostgresError) in
                try Appointment(
                    session.query(
                        .readAppointments,
                        [.texts([call.caller.tenantID]), .texts([Scheduling.Action.read.rawValue]), .texts([call.path])]
                    ).single())
            }
            guard let appointment else { throw Problem.notFound("appointment") }
            return Self.answer(appointment.json)
        }
    }

    private var change: Route {
        Route(
            .patch, "/scheduling/appointments/{id}", "Moves, confirms, completes, cancels or reinstates an appointment",
            access: .scope(.ingest), parameters: Self.appointmentID, query: .nothing,
            body: .json(AppointmentChange.shape, upTo: 16 << 10), isIdempotent: true,
            answers: [
                .json(200, "as it is now; what was so already is no fault", Self.schema(Appointment.schema)),
                .problem(404, "no such appointment here"),
                .problem(409, "invalid_transition with what is allowed, slot_taken, too_early; or the Idempotency-Key is in use"),
                .problem(422, "past_date, too_far, unknown_closer; or the Idempotency-Key came with another body"),
            ]
        ) { call in
            try await commit(
                Scheduling(
                    tenantID: call.caller.tenantID, action: .change, subject: call.path,
                    given: .object(try call.body.given(by: call.caller.name))
                ) { _, appointment in Self.answer(appointment.json) }, for: call)
        }
    }

    /// Why an appointment did not take place (D-20).
    enum Cause: String, CaseIterable, Sendable {
        case lead, host, none, unknown
    }

    private static let noShowBody = Shape<(Cause, String?)>.object(
        .optional("cause", Shape<Cause>.choice, default: .lead, "who did not come; host is no no-show of the lead's"),
        .optional("reason", .text(1...500), "for the record"))

    private var noShow: Route {
        Route(
            .post, "/scheduling/appointments/{id}/no-show", "Marks an appointment that did not take place",
            access: .scope(.ingest), parameters: Self.appointmentID, query: .nothing,
            body: .optionalJSON(Self.noShowBody, upTo: 8 << 10), isIdempotent: true,
            answers: [
                .json(
                    200, "marked, now or before; whether its lead is on the blacklist",
                    Self.schema(Appointment.schema, .init("blacklisted", ["type": "boolean"]))),
                .problem(404, "no such appointment here"),
                .problem(409, "invalid_transition, too_early; or the Idempotency-Key is being worked on"),
            ]
        ) { call in
            let (cause, reason) = (call.body ?? nil) ?? (.lead, nil)
            var given: [JSON.Member] = [
                .init("cause", .string(cause.rawValue)), .init("actor", .string(call.caller.name)),
            ]
            if let reason { given.append(.init("reason", .string(reason))) }
            return try await commit(
                Scheduling(
                    tenantID: call.caller.tenantID, action: .noShow, subject: call.path, given: .object(given)
                ) { _, appointment in
                    Self.answer(appointment.json, .init("blacklisted", .bool(appointment.isBlacklisted)))
                }, for: call)
        }
    }

    private var calendar: Route {
        Route(
            .get, "/scheduling/appointments/{id}/calendar.ics", "The appointment for its lead's calendar, as the mails attach it",
            access: .scope(.read), parameters: Self.appointmentID, query: .nothing, body: .none,
            answers: [
                .other(200, "the invitation, or the cancellation of a cancelled one", contentType: "text/calendar"),
                .problem(404, "no such appointment here"), .problem(409, "no_address: its lead has no e-mail address"),
            ]
        ) { call in
            let reading = try await backend.reads.read { session throws(PostgresError) in
                try AppointmentReading.read(
                    tenantID: call.caller.tenantID, appointmentID: call.path, setting: links.reminders, in: session)
            }
            guard let reading else { throw Problem.notFound("appointment") }
            let invite = reading.message.invite(reading.status == "CANCELLED" ? .cancel : .request(.confirmed))
            let bytes: [UInt8]
            do throws(CalendarError) {
                bytes = try invite.bytes()
            } catch {
                guard error == .invalidAddress else { throw error }
                throw Problem(409, "no_address", "The lead has no e-mail address, which an invitation needs.")
            }
            return Answer(
                contentType: invite.contentType, body: bytes,
                headers: [
                    HTTPServerField("Content-Disposition", #"attachment; filename="invite.ics""#),
                    HTTPServerField("Cache-Control", "no-store"),
                ])
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
