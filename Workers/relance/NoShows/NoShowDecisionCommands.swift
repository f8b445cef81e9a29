import Runtime

/// `relance no-show confirm`: a proposed mark is true.
enum NoShowConfirmCommand: Command {
    static let name = "no-show confirm"
    static let summary = "confirm a no-show that waits for a word (review mode)"
    static let operands = [NoShowDecision.operand]
    static let flags = NoShowDecision.flags
    static let notes = """
        From now on it counts: the appointment becomes NO_SHOW, the blacklist is settled, and the recovery mails come due, J+0
        half an hour after this word. A later join or completion still undoes it.
        """
    static let examples = [(line: "no-show confirm 0f8fad5b-d9cb-469f-a165-70867728950e --reason 'did not answer'", purpose: "")]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        try await NoShowDecision(command: self, confirms: true).run(arguments)
    }
}

/// `relance no-show dismiss`: a proposed mark is not.
enum NoShowDismissCommand: Command {
    static let name = "no-show dismiss"
    static let summary = "dismiss a no-show that waits for a word (review mode)"
    static let operands = [NoShowDecision.operand]
    static let flags = NoShowDecision.flags
    static let notes = "Nothing follows from it, and the detector does not look at the appointment again unless it is moved."
    static let examples = [
        (line: "no-show dismiss 0f8fad5b-d9cb-469f-a165-70867728950e --reason 'met by telephone'", purpose: "")
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        try await NoShowDecision(command: self, confirms: false).run(arguments)
    }
}
