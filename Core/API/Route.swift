public import HTTPServer

/// The methods that routes have.
public enum Method: String, Sendable, CaseIterable {
    /// Reads.
    case get = "GET"
    /// Does something.
    case post = "POST"
    /// Changes something.
    case patch = "PATCH"
    /// Removes something.
    case delete = "DELETE"
}

/// A request that has passed the gate and is as its route declares.
public struct Call<Path: Sendable, Query: Sendable, Content: Sendable>: Sendable {
    /// Who calls.
    public let caller: Caller
    /// The parameters in the path.
    public let path: Path
    /// The parameters after the question mark.
    public let query: Query
    /// The body.
    public let body: Content
    /// The request, for what no declaration covers.
    public let request: HTTPServerRequest
    /// Its id, for logs.
    public let requestID: String
}

/// One route: everything that is known of it stands in its declaration. Routing, validation and documentation are derived.
public struct Route: Sendable {
    /// The method.
    public let method: Method
    /// The path with its parameters: `/api/alerts/{id}/resolve`.
    public let path: String
    /// Who may call it.
    public let access: Access
    /// The answers it may give besides those that all routes of its kind have.
    public let answers: [AnswerDescription]
    /// Whether it takes an Idempotency-Key.
    public let isIdempotent: Bool
    /// Shows a problem to whom no program stands between: as a page. Nil where callers are programs (D-46).
    public let page: Page?
    let summary: String
    let limit: Int
    let segments: [Segment]
    let documentation: Documentation
    let perform: @Sendable (HTTPServerRequest, _ path: [String], Caller, _ requestID: String) async throws -> Answer

    /// What the documentation needs of the typed parts.
    struct Documentation: Sendable {
        let pathSchema: JSON
        let querySchema: JSON
        let body: (types: [String], schema: JSON, isRequired: Bool)?
    }

    /// Makes a page of a problem.
    public typealias Page = @Sendable (Problem, HTTPServerRequest) -> Answer

    /// A part of a path.
    enum Segment: Sendable, Equatable {
        case literal(String)
        case parameter(String)
    }

    /// Declares a route.
    ///
    /// - Parameters:
    ///   - parameters: of the path, under the names that stand in it.
    ///   - isIdempotent: whether an Idempotency-Key is taken (D-45).
    ///   - answers: the successes, and the problems that are this route's own.
    ///   - page: how a problem is shown where people look at the answers.
    public init<Path, Query, Content>(
        _ method: Method, _ path: String, _ summary: String, access: Access,
        parameters: Shape<Path>, query: Shape<Query>, body: Body<Content>, isIdempotent: Bool = false,
        answers: [AnswerDescription], page: Page? = nil,
        handler: @escaping @Sendable (Call<Path, Query, Content>) async throws -> Answer
    ) {
        self.method = method
        self.path = path
        self.summary = summary
        self.access = access
        self.answers = answers
        self.isIdempotent = isIdempotent
        self.page = page
        limit = body.limit
        segments = path.split(separator: "/").map {
            $0.hasPrefix("{") ? .parameter(String($0.dropFirst().dropLast())) : .literal(String($0))
        }
        let names = segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
        precondition(
            names == parameters.memberNames, "\(path): its parameters are declared as \(parameters.memberNames)")
        documentation = Documentation(pathSchema: parameters.schema, querySchema: query.schema, body: body.content)
        perform = { request, values, caller, requestID in
            var faults: [(place: Problem.Place, fault: Fault)] = []
            let path = Self.text(zip(names, values).map { JSON.Member($0, .string($1)) }, parameters, .path, &faults)
            let given = Self.query(request, &faults).flatMap { Self.text($0, query, .query, &faults) }
            var bodyFaults: [Fault] = []
            let content = try body.read(request.body, request.header("Content-Type"), &bodyFaults)
            faults += bodyFaults.map { (.body, $0) }
            guard faults.isEmpty, let path, let given, let content else { throw Problem.invalid(faults) }
            return try await handler(
                Call(caller: caller, path: path, query: given, body: content, request: request, requestID: requestID))
        }
    }

    /// What a caller is told of a problem.
    func response(to problem: Problem, of request: HTTPServerRequest, requestID: String) -> HTTPServerResponse {
        guard let page else { return problem.response(requestID: requestID) }
        return page(problem, request).response(requestID: requestID, headers: problem.headers)
    }

    private static func text<Value>(
        _ members: [JSON.Member], _ shape: Shape<Value>, _ place: Problem.Place,
        _ faults: inout [(place: Problem.Place, fault: Fault)]
    ) -> Value? {
        var state = Reading(isText: true)
        let value = shape.read(.object(members), at: Pointer(), &state)
        faults += state.faults.map { (place, $0) }
        return value
    }

    private static func query(
        _ request: HTTPServerRequest, _ faults: inout [(place: Problem.Place, fault: Fault)]
    ) -> [JSON.Member]? {
        if request.query.isEmpty { return [] }
        guard let pairs = FormDecoding.pairs(request.query.utf8), pairs.count <= 64 else {
            faults.append((.query, Fault(Pointer(), "malformed percent-encoding, or too many parameters")))
            return nil
        }
        for pair in pairs {
            if pair.name.utf8.contains(0) || pair.value.utf8.contains(0) {
                faults.append((.query, Fault(Pointer([pair.name]), "U+0000 in a text")))
            } else if pairs.filter({ $0.name == pair.name }).count > 1 {
                faults.append((.query, Fault(Pointer([pair.name]), "comes twice")))
            }
        }
        return faults.contains { $0.place == .query } ? nil : pairs.map { JSON.Member($0.name, .string($0.value)) }
    }
}

extension Shape where Value == Void {
    /// No parameters at all.
    public static var nothing: Shape {
        Shape(schema: ["type": "object", "properties": [:], "required": []]) { json, pointer, state in
            guard case .object(let members) = json else { return () }
            for member in members { let _: Bool? = state.refuse(pointer.appending(member.name), "is not known here") }
            return members.isEmpty ? () : nil
        }
    }
}

extension Shape where Value == Void {
    /// Whatever parameters there are, known here or not: those of providers grow (D-42).
    public static var anything: Shape {
        Shape(schema: ["type": "object", "properties": [:], "required": []]) { _, _, _ in () }
    }
}

extension Shape {
    /// The names of an object's members, in order.
    var memberNames: [String] {
        guard case .object(let members)? = schema["properties"] else { return [] }
        return members.map(\.name)
    }
}
