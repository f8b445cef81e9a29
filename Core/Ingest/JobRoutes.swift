internal import API

/// A tenant's jobs, for its administrators (K-34); the same from the command line: `relance jobs`.
enum JobRoutes {
    static func all(_ backend: Backend) -> [Route] {
        [
            Route(
                .get, "/admin/jobs", "Lists the tenant's jobs, the newest first: live, dead, and those that ended of late",
                access: .scope(.admin), parameters: .nothing, query: JobList.query, body: .none,
                answers: [.json(200, "a page of jobs", JobList.answerSchema)]
            ) { call in
                let list = JobList(
                    tenantID: call.caller.tenantID, state: call.query.0, queue: call.query.1, kind: call.query.2,
                    limit: call.query.3, before: call.query.4)
                return try await backend.reads.read(list.read)
            },
            Route(
                .post, "/admin/jobs/{id}/retry", "Lets a waiting job run now, or brings a dead one back; again is no fault",
                access: .scope(.admin), parameters: .object(.required("id", .integer(1...Int.max), "the job's number")),
                query: .nothing, body: .optionalJSON(JobRetry.shape, upTo: 8 << 10), isIdempotent: true,
                answers: [
                    .json(200, "available", JobRetry.answerSchema), .problem(404, "no such job here"),
                    .problem(409, "it is not to be retried: it runs, has ended, has expired, or may have taken effect"),
                ]
            ) { call in
                let retry = JobRetry(
                    tenantID: call.caller.tenantID, id: call.path, caller: call.caller.name, reason: call.body ?? nil)
                return try await backend.commit(retry, for: call)
            },
        ]
    }
}
