public import HTTPServer

/// Why a request was not served, as RFC 9457 has it told. Nothing of the inside is in it.
public struct Problem: Error, Sendable, Equatable {
    /// The status code.
    public let status: Int
    /// A word from a bounded set, for programs.
    public let code: String
    /// A sentence for people.
    public let detail: String
    /// Everything that is wrong with the request's values, each with the part of the request it stands in.
    public let faults: [(place: Place, fault: Fault)]
    /// Headers besides the content type.
    public var headers: [HTTPServerField]
    /// What of ours is behind it, for the log alone.
    public private(set) var cause: (any Error)?

    /// A part of a request.
    public enum Place: String, Sendable {
        /// A segment of the path.
        case path
        /// A parameter after the question mark.
        case query
        /// A header.
        case header
        /// The body.
        case body
    }

    /// A problem.
    public init(
        _ status: Int, _ code: String, _ detail: String, faults: [(place: Place, fault: Fault)] = [],
        headers: [HTTPServerField] = []
    ) {
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults
        self.headers = headers
    }

    public static func == (left: Problem, right: Problem) -> Bool {
        (left.status, left.code, left.detail) == (right.status, right.code, right.detail) && left.headers == right.headers
            && left.faults.map(\.fault) == right.faults.map(\.fault)
    }
}

extension Problem {
    /// 400: values that are not as declared.
    public static func invalid(_ faults: [(place: Place, fault: Fault)]) -> Problem {
        Problem(400, "invalid_request", "Some values are not as this request needs them.", faults: faults)
    }

    /// 404: there is no such thing, or none that the caller may know of.
    public static func notFound(_ what: String) -> Problem { Problem(404, "not_found", "There is no such \(what).") }

    /// 503: try again after so many seconds.
    public static func unavailable(_ detail: String, after seconds: Int = 1) -> Problem {
        Problem(503, "unavailable", detail, headers: [HTTPServerField("Retry-After", String(seconds))])
    }

    /// 500: a defect of ours, told in the log under the request's id.
    public static func defect(_ cause: any Error) -> Problem {
        var problem = Problem(500, "internal_error", "Something went wrong here. The request's id helps us find it.")
        problem.cause = cause
        return problem
    }

    /// The answer.
    func response(requestID: String) -> HTTPServerResponse {
        var members: [JSON.Member] = [
            .init("type", "about:blank"), .init("title", .string(Self.title(status))), .init("status", .int(status)),
            .init("code", .string(code)), .init("detail", .string(detail)), .init("request_id", .string(requestID)),
        ]
        if !faults.isEmpty {
            let list = faults.map { place, fault -> JSON in
                [
                    "in": .string(place.rawValue), "pointer": .string(fault.pointer.description),
                    "detail": .string(fault.detail),
                ]
            }
            members.append(.init("errors", .array(list)))
        }
        return HTTPServerResponse(
            status: status,
            headers: [
                HTTPServerField("Content-Type", "application/problem+json"), HTTPServerField("X-Request-Id", requestID),
            ] + headers,
            body: JSON.object(members).bytes)
    }

    /// The status's name (RFC 9110).
    static func title(_ status: Int) -> String {
        titles[status] ?? "Error"
    }

    private static let titles = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
        413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content", 429: "Too Many Requests",
        500: "Internal Server Error", 503: "Service Unavailable",
    ]
}
