import Runtime

/// A command that understood what it was asked and cannot do it: why, and what to type next.
struct CommandError: Error {
    /// One or two sentences.
    let message: String
    /// What the caller's script sees.
    let exit: ExitCode

    /// - Parameter exit: 65 unless said otherwise: what was named does not allow it.
    init(_ message: String, exit: ExitCode = .data) {
        self.message = message
        self.exit = exit
    }
}
