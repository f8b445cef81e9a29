import Postgres
import Runtime

/// `relance pause sending`: no message leaves, for everybody or for one organisation.
enum PauseSendingCommand: Command {
    static let name = "pause sending"
    static let summary = "stop all sending now, or that of one organisation"
    static let flags = [reason, tenant, Operator.flag, .json]
    static let notes = """
        Holds from the next claim on: what is leaving at this moment goes on, and its answer is recorded. Messages are
        still planned; they wait, and those whose time passes meanwhile end as missed. Nobody is asked to confirm.
        """
    static let examples = [
        (line: "pause sending --reason 'wrong template'", purpose: "everybody"),
        (line: "pause sending --tenant atlas --reason 'asked by the customer'", purpose: ""),
    ]

    private static let reason = Flag("--reason", "TEXT", "why (needed); shown by status")
    static let tenant = Flag("--tenant", "ID", "only this organisation")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        _ = try arguments.required(reason)
        let pause = try arguments.text(tenant).map { Pause.organization($0) } ?? .everywhere
        try await PauseReport.pause(pause, action, arguments, over: try await connectToSchema())
        return .ok
    }
}

/// `relance resume sending`: messages leave again.
enum ResumeSendingCommand: Command {
    static let name = "resume sending"
    static let summary = "let messages leave again"
    static let flags = [PauseSendingCommand.tenant, OperatorAction.reason, Operator.flag, .json]
    static let notes = "An organisation that was paused by itself stays so until it is resumed by itself."
    static let examples = [
        (line: "resume sending", purpose: ""), (line: "resume sending --tenant atlas", purpose: ""),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        let pause = try arguments.text(PauseSendingCommand.tenant).map { Pause.organization($0) } ?? .everywhere
        try await PauseReport.resume(pause, action, arguments, over: try await connectToSchema())
        return .ok
    }
}

/// `relance pause queue`: no job of a queue is claimed.
enum PauseQueueCommand: Command {
    static let name = "pause queue"
    static let summary = "stop claiming jobs of a queue"
    static let operands = [queue]
    static let flags = [OperatorAction.reason, Operator.flag, .json]
    static let notes = """
        Jobs in hand are finished; the others wait. To hold messages back, `relance pause sending` is the better brake:
        it is looked at when each send is claimed.
        """
    static let examples = [(line: "pause queue messages --reason 'database under repair'", purpose: "")]

    static let queue = Operand(name: "NAME", what: "the queue's name (relance status shows them)")

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        try await PauseReport.pause(
            .queue(arguments.operands[0]), action, arguments, over: try await connectToSchema())
        return .ok
    }
}

/// `relance resume queue`: jobs of a queue are claimed again.
enum ResumeQueueCommand: Command {
    static let name = "resume queue"
    static let summary = "claim jobs of a queue again"
    static let operands = [PauseQueueCommand.queue]
    static let flags = [OperatorAction.reason, Operator.flag, .json]
    static let examples = [(line: "resume queue messages", purpose: "")]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let action = try OperatorAction(self, arguments)
        try await PauseReport.resume(
            .queue(arguments.operands[0]), action, arguments, over: try await connectToSchema())
        return .ok
    }
}
