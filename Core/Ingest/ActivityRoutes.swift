internal import API

/// Activities and alerts (M-19..22).
enum ActivityRoutes {
    static func all(_ backend: Backend) -> [Route] {
        let lists = AlertList.readers(backend.reads)
        return [
            Route(
                .post, "/api/activities/log", "Logs an activity of a lead and settles the alerts that it concerns",
                access: .scope(.ingest), parameters: .nothing, query: .nothing, body: .json(ActivityLog.shape, upTo: 64 << 10),
                isIdempotent: true,
                answers: [.json(200, "logged, with the alerts that it created and resolved", ActivityLog.answerSchema)]
            ) { call in
                try await backend.commit(ActivityLog(tenantID: call.caller.tenantID, call.body), for: call)
            },
            Route(
                .get, "/api/alerts/active", "Lists the active alerts, the gravest first", access: .scope(.read),
                parameters: .nothing, query: AlertList.query, body: .none,
                answers: [.json(200, "a page of alerts, and counts of all of them", AlertList.answerSchema)]
            ) { call in
                let list = AlertList(tenantID: call.caller.tenantID, limit: call.query.0, cursor: call.query.1)
                return try await lists.ask(list).get()
            },
            Route(
                .post, "/api/alerts/{id}/resolve", "Resolves an alert by hand; again is no fault", access: .scope(.ingest),
                parameters: .object(.required("id", .uuid, "the alert")), query: .nothing,
                body: .optionalJSON(AlertResolution.shape, upTo: 8 << 10), isIdempotent: true,
                answers: [
                    .json(200, "resolved, now or before", AlertResolution.answerSchema), .problem(404, "no such alert here"),
                ]
            ) { call in
                let resolution = AlertResolution(
                    tenantID: call.caller.tenantID, alertID: call.path, actor: call.caller.name, reason: call.body ?? nil)
                return try await backend.commit(resolution, for: call)
            },
        ]
    }
}
