internal import API
internal import Crypto
private import FoundationEssentials
private import PhoneNumbers

/// Forms: what visitors send, where they broke off, and how they go on (K-12, K-13, K-30).
enum FormRoutes {
    /// - Parameter links: who signs resume links; nil where nobody does.
    static func all(_ backend: Backend, links: SignedLinkKeys?) -> [Route] {
        let regions = Regions(backend.reads)
        return [
            Route(
                .post, "/leads/forms/{formId}/submit", "Takes a filled-in form; finds or creates its lead",
                access: .scope(.public), parameters: .object(.required("formId", .text(1...200), "the form")), query: .nothing,
                body: .json(FormSubmission.shape, upTo: 64 << 10, alsoAs: ["text/plain"]), isIdempotent: true,
                answers: [
                    .json(201, "taken, with the lead where a server asks", FormSubmission.answerSchema),
                    .problem(
                        403, "a credential for another tenant, origin or purpose; or the organisation's lead quota is reached"),
                    .problem(404, "no such form here"),
                    .problem(409, "the form is not active, or the same Idempotency-Key is being worked on"),
                ]
            ) { call in
                let submission = try await submission(call, regions, links)
                return try await backend.commit(submission, for: call)
            },
            Route(
                .post, "/leads/forms/{formId}/abandon", "Keeps where a visitor broke off; the newest activity of a visit stands",
                access: .scope(.public), parameters: .object(.required("formId", .text(1...200), "the form")),
                query: .object(
                    .optional("key", .text(1...400), "a publishable key, for navigator.sendBeacon, which sets no header")),
                body: .json(FormAbandon.shape, upTo: 64 << 10, alsoAs: ["text/plain"]), isIdempotent: true,
                answers: [
                    .json(
                        200, "heard; captured unless the visit has ended or something newer is known", FormAbandon.answerSchema),
                    .problem(404, "no such form here"),
                    .problem(409, "the form is not active, or the same Idempotency-Key is being worked on"),
                ]
            ) { call in
                let content = call.body
                // What was typed of a number may be half of it.
                let phone = try? await number(content.contact.phone, of: call.caller, regions)
                let abandon = FormAbandon(
                    id: UUIDv7.make(at: Date()), sessionID: content.sessionID, name: filled(content.contact.name),
                    email: content.contact.email, phone: phone ?? nil, locale: filled(content.contact.locale),
                    timezone: filled(content.contact.timezone), consent: content.contact.consent, answers: text(content.answers),
                    activeAt: content.activeAt)
                return try await backend.commit(
                    FormEntry(tenantID: call.caller.tenantID, formID: call.path, matter: .abandon(abandon)), for: call)
            },
            Route(
                .post, "/leads/forms/{formId}/resume",
                "Tells what a visitor had typed, to whoever comes back by a recovery mail's link; changes nothing",
                access: .scope(.public), parameters: .object(.required("formId", .text(1...200), "the form")), query: .nothing,
                body: .json(FormResume.shape, upTo: 4 << 10),
                answers: [
                    .json(200, "what was typed, to go on with under the same session_id", FormResume.answerSchema),
                    .problem(404, "nothing that this token resumes here and now, whatever the reason"),
                ]
            ) { call in
                let resume = FormResume(token: call.body, tenantID: call.caller.tenantID, formID: call.path, links: links)
                return try await FormResume.answer(to: resume, backend.reads)
            },
        ]
    }

    private static func submission(
        _ call: Call<String, Void, FormSubmission.Content>, _ regions: Regions, _ links: SignedLinkKeys?
    ) async throws(Problem) -> FormEntry {
        let content = call.body
        let phone: String?
        do {
            phone = try await number(content.contact.phone, of: call.caller, regions)
        } catch let error as PhoneNumberError {
            throw .invalid([(.body, Fault(Pointer(["phone"]), error.description))])
        } catch {
            throw error as? Problem ?? .defect(error)
        }
        guard content.contact.email != nil || phone != nil else {
            throw .invalid([(.body, Fault(Pointer(["email"]), "this or phone is needed"))])
        }
        let submission = FormSubmission(
            id: UUIDv7.make(at: Date()), newLeadID: UUIDv7.make(at: Date()), name: filled(content.contact.name),
            email: content.contact.email, phone: phone, locale: filled(content.contact.locale),
            timezone: filled(content.contact.timezone), sessionID: content.sessionID,
            // One that is not valid any more keeps nobody from submitting.
            abandonID: content.resumeToken.flatMap {
                FormResume(token: $0, tenantID: call.caller.tenantID, formID: call.path, links: links)?.abandonID
            },
            answers: text(content.answers), consent: content.contact.consent, isTrusted: call.caller.scopes.contains(.ingest))
        return FormEntry(tenantID: call.caller.tenantID, formID: call.path, matter: .submission(submission))
    }

    private static func number(_ typed: String?, of caller: Caller, _ regions: Regions) async throws -> String? {
        guard let typed = filled(typed) else { return nil }
        return try PhoneNumber.normalize(typed, region: try await regions.region(of: caller.tenantID))
    }

    /// Browsers send empty fields as empty texts.
    private static func filled(_ text: String?) -> String? {
        text.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
    }

    private static func text(_ answers: JSON?) -> String {
        answers.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "{}"
    }
}
