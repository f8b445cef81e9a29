import API
import Foundation
import HTTPClient
import Synchronization
import TestSupport
import Testing

/// What the service declares of itself (`/openapi.json`), held against every answer that a test gets.
struct Contract: Sendable {
    /// A declared route.
    struct Operation: Sendable {
        let method: String
        let path: String
        let declaration: JSON

        /// The scope that it needs; nil where anybody may call.
        var scope: String? { declaration["x-scope"]?.text }
    }

    let operations: [Operation]
    private let schemas: JSON

    private static let known = Mutex<Contract?>(nil)

    /// What the program on this port declares. Read once: every fixture runs the same program.
    static func of(port: Int) async throws -> Contract {
        if let known = known.withLock({ $0 }) { return known }
        let (status, body) = try await PlainHTTP.request("GET", "/openapi.json", port: port)
        try #require(status == 200)
        var limits = JSONReader.Limits()
        limits.values = 1_000_000
        let contract = try Contract(JSONReader.read(Array(body), limits: limits))
        known.withLock { $0 = contract }
        return contract
    }

    init(_ document: JSON) throws {
        schemas = try #require(document["components"]?["schemas"])
        guard case .object(let paths)? = document["paths"] else { throw Unreadable() }
        operations = try paths.flatMap { path -> [Operation] in
            guard case .object(let members) = path.value else { throw Unreadable() }
            return members.map { Operation(method: $0.name.uppercased(), path: path.name, declaration: $0.value) }
        }
    }

    private struct Unreadable: Error {}

    /// In what an answer is other than declared; empty where it is as it should be.
    func faults(_ method: String, _ target: String, _ response: HTTPResponse) -> [String] {
        let path = target.prefix { $0 != "?" }
        let type = (response.headers["Content-Type"] ?? "").prefix { $0 != ";" }
        let declared = Self.best(
            operations.filter { $0.method == (method == "HEAD" ? "GET" : method) && Self.matches($0.path, path) })
        guard let declared else {
            // No route: the way to it has its own answers.
            guard [404, 405].contains(response.status) else { return ["\(method) \(path) is not declared"] }
            return faults(in: response, type, ["application/problem+json": ["schema": ["$ref": "Problem"]]])
        }
        guard let answer = declared.declaration["responses"]?[String(response.status)] else {
            return ["\(method) \(declared.path): status \(response.status) is not declared"]
        }
        if method == "HEAD" { return response.body.isEmpty ? [] : ["HEAD \(declared.path) has a body"] }
        return faults(in: response, type, answer["content"] ?? [:]).map { "\(method) \(declared.path) \(response.status): \($0)" }
    }

    private func faults(in response: HTTPResponse, _ type: Substring, _ content: JSON) -> [String] {
        guard case .object(let kinds) = content else { return ["its content is not declared"] }
        guard let kind = kinds.first(where: { $0.name.prefix { $0 != ";" } == type }) else {
            return kinds.isEmpty && response.body.isEmpty ? [] : ["content type \(type) is not declared"]
        }
        guard let schema = kind.value["schema"] else { return [] }
        var limits = JSONReader.Limits()
        limits.values = 1_000_000
        guard let json = try? JSONReader.read(response.body, limits: limits) else { return ["the body is no JSON"] }
        var check = SchemaCheck(schemas: schemas)
        check.check(json, schema)
        return check.faults
    }

    /// The one with the most literal segments, as the router has it.
    private static func best(_ operations: [Operation]) -> Operation? {
        operations.min { $0.path.filter { $0 == "{" }.count < $1.path.filter { $0 == "{" }.count }
    }

    private static func matches(_ declared: String, _ path: Substring) -> Bool {
        let (names, values) = (
            declared.split(separator: "/", omittingEmptySubsequences: false),
            path.split(separator: "/", omittingEmptySubsequences: false)
        )
        return names.count == values.count && zip(names, values).allSatisfy { $0 == $1 || ($0.hasPrefix("{") && !$1.isEmpty) }
    }
}
