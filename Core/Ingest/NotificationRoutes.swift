internal import API

/// What users are told in the application.
enum NotificationRoutes {
    static func all(_ backend: Backend) -> [Route] {
        let id = Shape<String>.object(.required("id", .uuid, "the notification"))
        let notAUser = AnswerDescription.problem(403, "a credential for another tenant, or none of a user's")
        return [
            Route(
                .get, "/notifications", "Lists the caller's own notifications, the newest first", access: .scope(.read),
                parameters: .nothing, query: NotificationList.query, body: .none,
                answers: [.json(200, "a page, and how many are unread in all", NotificationList.answerSchema), notAUser]
            ) { call in
                let list = NotificationList(
                    tenantID: call.caller.tenantID, userID: try user(call.caller), limit: call.query.0,
                    isUnreadOnly: call.query.1, cursor: call.query.2)
                return try await backend.reads.read(list.read)
            },
            Route(
                .patch, "/notifications/{id}/read", "Marks a notification of the caller's as read; again is no fault",
                access: .scope(.read), parameters: id, query: .nothing, body: .none, isIdempotent: true,
                answers: [
                    .json(200, "read, now or before", NotificationChange.answerSchema), notAUser,
                    .problem(404, "no such notification of the caller's"),
                ]
            ) { call in
                let change = NotificationChange(
                    tenantID: call.caller.tenantID, userID: try user(call.caller), id: call.path, isRemoval: false)
                return try await backend.commit(change, for: call)
            },
            Route(
                .delete, "/notifications/{id}", "Removes a notification of the caller's; again is no fault",
                access: .scope(.read),
                parameters: id, query: .nothing, body: .none, isIdempotent: true,
                answers: [
                    .json(200, "removed, now or before", NotificationChange.answerSchema), notAUser,
                    .problem(404, "the caller never had it"),
                ]
            ) { call in
                let change = NotificationChange(
                    tenantID: call.caller.tenantID, userID: try user(call.caller), id: call.path, isRemoval: true)
                return try await backend.commit(change, for: call)
            },
        ]
    }

    /// The user that calls: keys are nobody in particular.
    private static func user(_ caller: Caller) throws(Problem) -> String {
        guard caller.name.hasPrefix("user:") else {
            throw Problem(403, "not_a_user", "Notifications are a user's own: this needs a user's token.")
        }
        return String(caller.name.dropFirst(5))
    }
}
