/// The OpenAPI 3.1 document of routes.
public struct OpenAPI: Sendable {
    private let title: String
    private let version: String
    private let routes: [Route]

    /// A document to be.
    public init(title: String, version: String, routes: [Route]) {
        self.title = title
        self.version = version
        self.routes = routes
    }

    /// The document.
    public var document: JSON {
        var paths: [JSON.Member] = []
        for route in routes {
            let operation = JSON.Member(route.method.rawValue.lowercased(), Self.operation(route))
            if let index = paths.firstIndex(where: { $0.name == route.path }), case .object(let members) = paths[index].value {
                paths[index].value = .object(members + [operation])
            } else {
                paths.append(JSON.Member(route.path, .object([operation])))
            }
        }
        return [
            "openapi": "3.1.0", "info": ["title": .string(title), "version": .string(version)], "paths": .object(paths),
            "components": [
                "securitySchemes": ["bearer": ["type": "http", "scheme": "bearer"]],
                "schemas": ["Problem": Self.problem],
            ],
        ]
    }

    private static func operation(_ route: Route) -> JSON {
        var members: [JSON.Member] = [
            .init("summary", .string(route.summary)), .init("operationId", .string(operationID(route))),
            .init("parameters", .array(parameters(route))),
        ]
        if let body = route.documentation.body {
            let content = body.types.map { JSON.Member($0, ["schema": body.schema]) }
            members.append(.init("requestBody", ["required": .bool(body.isRequired), "content": .object(content)]))
        }
        if case .scope(let scope) = route.access {
            members.append(.init("security", [["bearer": []]]))
            members.append(.init("x-scope", .string(scope.rawValue)))
        }
        members.append(.init("responses", .object(responses(route))))
        return .object(members)
    }

    private static func operationID(_ route: Route) -> String {
        ([route.method.rawValue.lowercased()] + route.path.split { "/{}-.".contains($0) }.map(String.init)).joined(separator: "_")
    }

    private static func parameters(_ route: Route) -> [JSON] {
        var list = members(route.documentation.pathSchema, in: "path") + members(route.documentation.querySchema, in: "query")
        if case .scope = route.access {
            list.append([
                "name": "X-Tenant", "in": "header", "required": true, "schema": ["type": "string"],
                "description": "the organisation that the request is for",
            ])
        }
        if route.isIdempotent {
            list.append([
                "name": "Idempotency-Key", "in": "header", "required": false,
                "schema": ["type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x21-\\x7E]+$"],
                "description": "the same key and body are done once, and answered the same again",
            ])
        }
        return list
    }

    private static func members(_ schema: JSON, in place: String) -> [JSON] {
        guard case .object(let members)? = schema["properties"] else { return [] }
        let required = schema["required"]?.elements ?? []
        return members.map { member in
            [
                "name": .string(member.name), "in": .string(place), "required": .bool(required.contains(.string(member.name))),
                "schema": member.value,
            ]
        }
    }

    /// The route's own answers, and those that the way to it may give.
    private static func responses(_ route: Route) -> [JSON.Member] {
        var all = route.answers
        func add(_ status: Int, _ meaning: String) {
            if all.contains(where: { $0.status == status }) { return }
            all.append(route.page == nil ? .problem(status, meaning) : .other(status, meaning, contentType: "text/html"))
        }
        add(400, "values that are not as declared; each is named with its pointer")
        if case .scope = route.access {
            add(401, "no credential, or one that is not valid")
            add(403, "a credential for another tenant, origin or purpose")
        }
        if route.access != .probe { add(429, "too many requests; Retry-After says when to come again") }
        if route.documentation.body != nil {
            add(413, "a body that is too large")
            add(415, "a body of another type")
        }
        if route.isIdempotent {
            add(409, "the same Idempotency-Key is being worked on")
            add(422, "the Idempotency-Key came before with another body")
        }
        add(500, "a defect here; it is told in the log under the request's id")
        add(503, "a dependency is away, or there is too much to do; Retry-After says when to come again")
        return all.sorted { $0.status < $1.status }.map { answer in
            var members: [JSON.Member] = [.init("description", .string(answer.meaning))]
            let media: JSON = answer.schema.map { ["schema": $0] } ?? [:]
            members.append(.init("content", .object([.init(answer.contentType, media)])))
            return JSON.Member(String(answer.status), .object(members))
        }
    }

    private static let problem: JSON = [
        "type": "object",
        "properties": [
            "type": ["type": "string"], "title": ["type": "string"], "status": ["type": "integer"], "code": ["type": "string"],
            "detail": ["type": "string"], "request_id": ["type": "string"],
            "errors": [
                "type": "array",
                "items": [
                    "type": "object",
                    "properties": [
                        "in": ["type": "string", "enum": ["path", "query", "header", "body"]], "pointer": ["type": "string"],
                        "detail": ["type": "string"],
                    ],
                    "required": ["in", "pointer", "detail"],
                ],
            ],
        ],
        "required": ["type", "title", "status", "code", "detail", "request_id"],
    ]
}
