public import Foundation

/// The provider simulator as a process: providers at the other end of a real socket, which record what they are sent, and fail
/// as they are told. It ends with this object.
public final class SimulatorProcess: Sendable {
    /// The port it listens on.
    public let port: Int
    /// The process, to stop and kill.
    public let process: ChildProcess

    /// Starts it and waits until it listens.
    /// - Parameters:
    ///   - record: A file that keeps what it is sent across restarts; nil keeps it in memory only.
    ///   - keepsRecords: Whether it keeps anything at all; else it counts.
    /// - Throws: ``NeverHappened`` with what it said, or why it could not be started.
    public init(record: String? = nil, keepsRecords: Bool = true) async throws {
        let process = try await ChildProcess(
            "provider-simulator",
            ["--port", "0"] + (record.map { ["--record", $0] } ?? []) + (keepsRecords ? [] : ["--no-record"]))
        self.process = process
        port = try await eventually(within: .seconds(15), "the simulator's port") {
            guard process.isRunning else { throw PlainHTTPFailure(description: "the simulator ended: \(process.standardError)") }
            return process.standardOutput.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .compactMap { $0.split(separator: "listening on http://127.0.0.1:").last.flatMap { Int($0) } }.first
        }
    }

    /// Its address, for `TWILIO_API_URL` and the like.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Its mail relay, for `SMTP_URL`.
    /// - Throws: ``PlainHTTPFailure``.
    public func relayURL() async throws -> String {
        let answer = try JSONDecoder().decode([String: String].self, from: try await control("GET", "smtp"))
        guard let url = answer["url"] else { throw PlainHTTPFailure(description: "the simulator names no relay") }
        return url
    }

    /// Every request it got, as JSON.
    /// - Returns: The answer of `GET /_simulator/requests`.
    /// - Throws: ``PlainHTTPFailure``.
    public func requests() async throws -> Data { try await control("GET", "requests") }

    /// What would have reached people, each once, as JSON.
    /// - Returns: The answer of `GET /_simulator/effects`.
    /// - Throws: ``PlainHTTPFailure``.
    public func effects() async throws -> Data { try await control("GET", "effects") }

    /// Counts by provider, as JSON.
    /// - Returns: The answer of `GET /_simulator/summary`.
    /// - Throws: ``PlainHTTPFailure``.
    public func summary() async throws -> Data { try await control("GET", "summary") }

    /// Forgets the requests.
    /// - Throws: ``PlainHTTPFailure``.
    public func forget() async throws { _ = try await control("DELETE", "requests") }

    /// Tells it how to fail from now on.
    /// - Parameter faults: The body of `PUT /_simulator/faults`, JSON.
    /// - Throws: ``PlainHTTPFailure``.
    public func setFaults(_ faults: Data) async throws { _ = try await control("PUT", "faults", body: faults) }

    /// Sets what holds beside faults.
    /// - Parameter settings: The body of `PUT /_simulator/settings`, JSON.
    /// - Throws: ``PlainHTTPFailure``.
    public func set(_ settings: Data) async throws { _ = try await control("PUT", "settings", body: settings) }

    private func control(_ method: String, _ what: String, body: Data = Data()) async throws -> Data {
        let answer = try await PlainHTTP.request(
            method, "/_simulator/\(what)", port: port, headers: [("Content-Type", "application/json")], body: body)
        guard (200..<300).contains(answer.status) else {
            let text = String(decoding: answer.body, as: UTF8.self)
            throw PlainHTTPFailure(description: "\(method) \(what): \(answer.status) \(text)")
        }
        return answer.body
    }
}
