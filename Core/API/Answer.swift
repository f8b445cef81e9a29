public import HTTPServer

/// What a handler answers.
public struct Answer: Sendable, Equatable {
    /// The status code.
    public var status: Int
    /// The body's type.
    public var contentType: String
    /// The body.
    public var body: [UInt8]
    /// Further headers.
    public var headers: [HTTPServerField]

    /// An answer of any type.
    public init(status: Int = 200, contentType: String, body: [UInt8], headers: [HTTPServerField] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// A JSON answer.
    public static func json(_ json: JSON, status: Int = 200) -> Answer {
        Answer(status: status, contentType: "application/json", body: json.bytes)
    }

    func response(requestID: String, headers more: [HTTPServerField]) -> HTTPServerResponse {
        HTTPServerResponse(
            status: status,
            headers: [HTTPServerField("Content-Type", contentType), HTTPServerField("X-Request-Id", requestID)] + headers + more,
            body: body)
    }
}

/// An answer that a route may give, for the documentation.
public struct AnswerDescription: Sendable {
    /// The status code.
    public let status: Int
    /// When it is given.
    public let meaning: String
    /// Its content type.
    public let contentType: String
    /// JSON Schema of the body; nil for what is no JSON.
    public let schema: JSON?

    /// A JSON answer.
    public static func json(_ status: Int = 200, _ meaning: String, _ schema: JSON) -> AnswerDescription {
        AnswerDescription(status: status, meaning: meaning, contentType: "application/json", schema: schema)
    }

    /// An answer of another type.
    public static func other(_ status: Int = 200, _ meaning: String, contentType: String) -> AnswerDescription {
        AnswerDescription(status: status, meaning: meaning, contentType: contentType, schema: nil)
    }

    /// A problem that this route has of its own.
    public static func problem(_ status: Int, _ meaning: String) -> AnswerDescription {
        AnswerDescription(status: status, meaning: meaning, contentType: "application/problem+json", schema: Self.problemSchema)
    }

    static let problemSchema: JSON = ["$ref": "#/components/schemas/Problem"]
}
