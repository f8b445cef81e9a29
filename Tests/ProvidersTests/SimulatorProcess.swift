private import Primitives
internal import Foundation
internal import HTTPClient
internal import Providers

/// The simulator as a process of its own, for one test; ends with the value.
final class SimulatorProcess {
    let url: String
    let client = HTTPClient()
    private let process = Process()

    struct Failure: Error {
        let line: String
    }

    init(_ arguments: [String] = []) throws {
        // The test runner lies beside the programs that it tests.
        let runner = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.executableURL = runner.deletingLastPathComponent().appendingPathComponent("provider-simulator")
        process.arguments = ["--port", "0"] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // One write, so one read.
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard line.hasPrefix("listening on "), line.hasSuffix("\n") else { throw Failure(line: line) }
        url = String(line.dropFirst(13).dropLast())
    }

    deinit {
        _ = stop()
    }

    /// Ends the process as systemd would, and gives its exit code.
    func stop() -> Int32 {
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        return process.terminationStatus
    }

    var resend: Resend { Resend(apiKey: Secret("re_test"), endpoint: endpoint("resend")) }
    var sendGrid: SendGrid { SendGrid(apiKey: Secret("SG.test"), endpoint: endpoint("sendgrid")) }
    var twilio: Twilio {
        Twilio(accountSID: "AC0123456789abcdef0123456789abcdef", secret: Secret("token"), endpoint: endpoint("twilio"))
    }

    var greenAPI: GreenAPI {
        GreenAPI(instanceID: "7103000000", token: Secret("green-token"), endpoint: endpoint("green_api"))
    }

    func endpoint(_ base: String) -> ProviderEndpoint { ProviderEndpoint("\(url)/\(base)/", timeout: .milliseconds(1500)) }

    func control(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") async throws -> HTTPResponse {
        try await client.send(HTTPRequest(method, url: "\(url)/_simulator/\(path)", body: Array(body.utf8)))
    }

    func setFaults(_ json: String) async throws {
        let status = try await control(.put, "faults", json).status
        if status != 204 { throw Failure(line: "faults: \(status)") }
    }

    func effects() async throws -> [JSON] { try JSON(await control(.get, "effects").body).array }
}
