import API
import HTTPClient
import Testing

/// The check of answers finds what it is there to find.
struct ContractTests {
    private static let schema: JSON = [
        "type": "object",
        "properties": [
            "id": ["type": "string", "format": "uuid"], "at": ["type": ["string", "null"], "format": "date-time"],
            "count": ["type": "integer", "minimum": 0, "maximum": 9], "kind": ["type": "string", "enum": ["a", "b"]],
            "list": ["type": "array", "items": ["type": "string", "maxLength": 2], "maxItems": 2],
            "free": ["type": "object", "additionalProperties": ["type": "boolean"]],
        ],
        "required": ["id", "count"],
    ]

    private static let id = "00000000-0000-4000-8000-000000000000"

    @Test(arguments: [
        (#"{"id":"\#(id)","count":0}"#, []),
        (#"{"id":"\#(id)","count":9,"at":null,"kind":"b","list":["ab"],"free":{"x":true}}"#, []),
        (#"{"count":1}"#, ["/id"]), (#"{"id":"x","count":1}"#, ["/id"]), (#"{"id":"\#(id)","count":"1"}"#, ["/count"]),
        (#"{"id":"\#(id)","count":1.5}"#, ["/count"]), (#"{"id":"\#(id)","count":10}"#, ["/count"]),
        (#"{"id":"\#(id)","count":-1}"#, ["/count"]), (#"{"id":"\#(id)","count":1,"at":"today"}"#, ["/at"]),
        (#"{"id":"\#(id)","count":1,"kind":"c"}"#, ["/kind"]), (#"{"id":"\#(id)","count":1,"more":1}"#, ["/more"]),
        (#"{"id":"\#(id)","count":1,"list":["abc"]}"#, ["/list/0"]),
        (#"{"id":"\#(id)","count":1,"list":["a","a","a"]}"#, ["/list"]),
        (#"{"id":"\#(id)","count":1,"free":{"x":1}}"#, ["/free/x"]), ("[]", ["/"]), ("null", ["/"]),
    ])
    func `a value that is not as declared is found, and no other`(text: String, places: [String]) throws {
        var check = SchemaCheck(schemas: [:])
        check.check(try JSONReader.read(Array(text.utf8)), Self.schema)
        #expect(check.faults.map { String($0.prefix { $0 != ":" }) } == places, "\(check.faults)")
    }

    @Test func `a keyword that the check does not know is a fault, and so is a reference to nothing`() {
        for schema: JSON in [
            ["type": "string", "contentEncoding": "base64"], ["$ref": "#/components/schemas/Nothing"], ["format": "iban"],
        ] {
            var check = SchemaCheck(schemas: [:])
            check.check("x", schema)
            #expect(check.faults.count == 1, "\(schema)")
        }
    }

    @Test(arguments: [
        ("GET", "/a/1", 200, "application/json", #"{"id":"\#(id)","count":1}"#, 0),
        ("GET", "/a/1?x=y", 200, "application/json; charset=utf-8", #"{"id":"\#(id)","count":1}"#, 0),
        ("HEAD", "/a/1", 200, "application/json", "", 0), ("GET", "/a/1", 200, "application/json", "{}", 2),
        ("GET", "/a/1", 200, "text/html", "<p>", 1), ("GET", "/a/1", 200, "application/json", "<p>", 1),
        ("GET", "/a/1", 201, "application/json", #"{"id":"\#(id)","count":1}"#, 1),
        ("GET", "/a/b/c", 200, "application/json", "{}", 1),
        ("POST", "/a/1", 405, "application/problem+json", #"{"title":"x"}"#, 0),
        ("GET", "/b", 404, "application/problem+json", "{}", 1),
        ("GET", "/b", 404, "text/html", "<p>", 1), ("GET", "/a/fixed", 200, "text/plain", "x", 0),
    ])
    func `an answer that its route does not declare is found`(
        method: String, target: String, status: Int, type: String, body: String, faults: Int
    ) throws {
        let contract = try Contract([
            "paths": [
                "/a/{id}": ["get": ["responses": ["200": ["content": ["application/json": ["schema": Self.schema]]]]]],
                "/a/fixed": ["get": ["responses": ["200": ["content": ["text/plain": [:]]]]]],
            ],
            "components": [
                "schemas": ["Problem": ["type": "object", "properties": ["title": ["type": "string"]], "required": ["title"]]]
            ],
        ])
        let response = HTTPResponse(status: status, headers: HTTPHeaders([.init("Content-Type", type)]), body: Array(body.utf8))
        #expect(contract.faults(method, target, response).count == faults, "\(contract.faults(method, target, response))")
    }
}
