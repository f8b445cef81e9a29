internal import API
internal import Content
internal import Crypto
private import FoundationEssentials
internal import HTTPServer
internal import Postgres
internal import Reminders

/// The links to an appointment in mails (K-03): a GET shows a page and changes nothing, whoever follows it; its form confirms or
/// cancels.
struct AppointmentLinks {
    let backend: Backend
    let links: Links
    /// Wakes whoever delivers messages.
    let hint: @Sendable () async -> Void

    var all: [Route] {
        let parameters = Shape<String>.object(.required("token", .text(1...2048), "what the link carries"))
        let page = AnswerDescription.other(200, "a page in the lead's language", contentType: "text/html")
        let faults: [AnswerDescription] = [
            .other(404, "no link of ours", contentType: "text/html"), .other(410, "expired", contentType: "text/html"),
        ]
        return [
            Route(
                .get, "/a/{token}", "The page of a link to an appointment; changes nothing", access: .open,
                parameters: parameters, query: .nothing, body: .none, answers: [page] + faults, page: LinkPage.page
            ) { call in try await show(try link(call.path)) },
            Route(
                .post, "/a/{token}", "What the page's form sends: confirms or cancels", access: .open, parameters: parameters,
                query: .nothing, body: .raw(["application/x-www-form-urlencoded"], upTo: 4 << 10),
                answers: [
                    page, .other(400, "the form is not the page's", contentType: "text/html"),
                    .other(409, "moved, past or cancelled meanwhile", contentType: "text/html"),
                ] + faults, page: LinkPage.page
            ) { call in try await act(try link(call.path), call.body) },
        ]
    }

    /// What a token says.
    private struct Link: Sendable {
        let purpose: LinkPurpose
        let tenantID: String
        let appointmentID: String
    }

    private func link(_ token: String) throws(Problem) -> Link {
        guard let keys = links.reminders.linkKeys else { throw .notFound("link") }
        let link: SignedLink
        do throws(SignedLinkError) {
            link = try keys.verify(token, purposes: [.confirm, .cancel, .reschedule], now: Date())
        } catch {
            throw error == .expired ? Problem(410, "expired", "The link has expired.") : .notFound("link")
        }
        guard link.subjects.count == 2 else { throw .notFound("link") }
        return Link(purpose: link.purpose, tenantID: link.subjects[0], appointmentID: link.subjects[1])
    }

    private func show(_ link: Link, status: Int = 200, refused code: String? = nil) async throws -> Answer {
        let reading = try await backend.reads.read { session throws(PostgresError) in
            try AppointmentReading.read(
                tenantID: link.tenantID, appointmentID: link.appointmentID, setting: links.reminders, in: session)
        }
        guard let reading else { throw Problem.notFound("link") }
        let token = links.reminders.linkKeys?.token(
            for: SignedLink(
                purpose: .reschedule, subjects: [link.tenantID, link.appointmentID],
                expiresAt: reading.message.endsAt.addingTimeInterval(86_400)))
        let page = AppointmentPage(
            message: reading.message, state: Self.state(link.purpose, reading, wasMoved: code == "moved"),
            bookingLink: links.bookingURL.flatMap { base in
                token.map { "\(base)/book/\(Self.escaped(reading.leadID))?reschedule=\($0)" }
            })
        return LinkPage.answer(try page.html(), reading.message.language, status: status)
    }

    /// What a page says of an appointment as it stands.
    private static func state(_ purpose: LinkPurpose, _ reading: AppointmentReading, wasMoved: Bool) -> AppointmentPage.State {
        switch reading.status {
        case "CANCELLED": .cancelled
        case "SCHEDULED" where !reading.hasBegun, "CONFIRMED" where !reading.hasBegun:
            switch purpose {
            case .confirm where reading.status == "CONFIRMED": .confirmed
            case .confirm: wasMoved ? .movedBeforeConfirming : .confirm
            case .cancel: wasMoved ? .movedBeforeCancelling : .cancel
            default: .reschedule
            }
        default: .past
        }
    }

    private func act(_ link: Link, _ body: [UInt8]) async throws -> Answer {
        let status: AppointmentChange.Status
        switch link.purpose {
        case .confirm: status = .confirmed
        case .cancel: status = .cancelled
        default: return try await show(link)
        }
        // The revision that the page showed: whoever confirms one time does not mean another.
        guard let pairs = FormDecoding.pairs(body), let text = pairs.first(where: { $0.name == "revision" })?.value,
            let revision = Int(text), (0...Int(Int32.max)).contains(revision)
        else { return try await show(link, status: 400) }
        let given = try AppointmentChange(status: status).given(by: "link:\(link.purpose)")
        do throws(Problem) {
            _ = try await backend.commits.commit(
                Scheduling(
                    tenantID: link.tenantID, action: .change, subject: link.appointmentID,
                    given: .object(given + [.init("revision", .int(revision))])
                ) { _, appointment in .json(appointment.publicJSON) })
        } catch {
            guard ["moved", "past", "invalid_transition"].contains(error.code) else { throw error }
            return try await show(link, status: 409, refused: error.code)
        }
        await hint()
        return try await show(link)
    }

    /// A segment of a path: everything but RFC 3986's unreserved characters as percent signs and hex.
    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hex.encode([byte]).uppercased()
            }
        }
    }
}
