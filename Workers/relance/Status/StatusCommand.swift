import Runtime

/// `relance status`: how the fleet is, on one screen.
enum StatusCommand: Command {
    static let name = "status"
    static let summary = "how the fleet is: leaders, last runs, queue, messages, alerts"
    static let flags = [Flag.json]
    static let examples = [
        (line: "status", purpose: ""),
        (line: "status --json | jq '.queue[] | select(.state == \"dead\")'", purpose: ""),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let status = try await FleetStatus.read(try await connectToSchema())
        if arguments.has(.json) {
            print(status.json.text)
        } else {
            StatusPage(status: status, terminal: .output).lines.forEach { print($0) }
        }
        return .ok
    }
}
