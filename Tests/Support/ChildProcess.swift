private import Foundation
private import Synchronization

/// A program run by a test. It does not outlive the test: it is killed with this object, and by the kernel if the test
/// process dies first.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum Exit: Sendable, Equatable {
        /// By itself, with this status.
        case status(Int32)
        /// By this signal.
        case signal(Int32)
    }

    private struct State {
        var exit: Exit?
        var endedAt: ContinuousClock.Instant?
    }

    /// The state outlives the object in the thread that waits for the process.
    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    /// The process id. It may belong to somebody else after the process has ended.
    public let pid: Int32
    private let name: String
    private let startedAt: ContinuousClock.Instant
    private let shared = Shared()
    private let output: CapturedOutput
    private let errors: CapturedOutput
    private let input: Mutex<FileHandle?>

    /// Starts a program that this package built.
    /// - Parameters:
    ///   - program: Its product's name, or the path of any other program.
    ///   - arguments: What follows the name.
    ///   - environment: The whole environment of the process; nothing is inherited.
    ///   - directory: Where it runs; the clone's top folder by default.
    /// - Throws: ``POSIXFailure`` when it cannot be started.
    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], directory: String = Repository.root
    ) async throws {
        name = program
        output = try CapturedOutput()
        errors = try CapturedOutput()
        let pipe = Pipe()
        input = Mutex(pipe.fileHandleForWriting)
        // A process that has gone must cost its writer an error, not the test run.
        signal(SIGPIPE, SIG_IGN)

        let path = program.contains("/") ? program : "\(Repository.products)/\(program)"
        guard access(path, X_OK) == 0 else { throw POSIXFailure("start \(path)") }
        // setpriv lets the kernel kill the process when the thread that started it ends: the one that waits for it, below.
        let line = ["/usr/bin/env", "-C", directory, "/usr/bin/setpriv", "--pdeathsig", "SIGKILL", path] + arguments
        let variables = environment.map { "\($0)=\($1)" }
        let (output, errors, shared) = (output, errors, shared)
        let descriptors = (pipe.fileHandleForReading.fileDescriptor, output.descriptor, errors.descriptor)
        startedAt = .now
        pid = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                do {
                    let pid = try spawn(line, variables, descriptors)
                    continuation.resume(returning: pid)
                    Self.reap(pid, into: shared)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
        try pipe.fileHandleForReading.close()
    }

    deinit { send(SIGKILL) }

    // MARK: Input and output

    /// Everything it has written to standard output until now.
    public var standardOutput: String { output.text }

    /// Everything it has written to standard error until now.
    public var standardError: String { errors.text }

    /// Writes one line to its standard input.
    /// - Parameter line: Without the line's end.
    /// - Throws: When the process reads no more.
    public func write(line: String) throws {
        try input.withLock { try $0?.write(contentsOf: Data((line + "\n").utf8)) }
    }

    /// Ends its standard input.
    public func closeInput() {
        input.withLock { $0 = nil }
    }

    // MARK: Life

    /// Whether it still runs (or is stopped by a signal).
    public var isRunning: Bool { shared.state.withLock { $0.exit == nil } }

    /// From start to end, or to now.
    public var elapsed: Duration { startedAt.duration(to: shared.state.withLock { $0.endedAt } ?? .now) }

    /// Sends a signal, unless the process has ended: its id may be somebody else's by then.
    /// - Parameter signal: SIGTERM, SIGSTOP…
    public func send(_ signal: Int32) {
        shared.state.withLock { if $0.exit == nil { kill(pid, signal) } }
    }

    /// Waits for its end. Past the limit it is killed, and the error tells what it wrote last.
    /// - Parameter limit: The longest to wait.
    /// - Returns: How it ended.
    /// - Throws: ``ChildProcessOverdue``.
    @discardableResult
    public func exit(within limit: Duration = .seconds(30)) async throws -> Exit {
        do {
            return try await eventually(within: limit, "the end of \(name)") { shared.state.withLock { $0.exit } }
        } catch is NeverHappened {
            send(SIGKILL)
            throw ChildProcessOverdue(description: "\(name) still ran after \(limit); it wrote: \(standardError.suffix(2000))")
        }
    }

    /// Waits until something shows in its standard output or standard error.
    /// - Parameters:
    ///   - text: What to look for.
    ///   - limit: The longest to wait.
    /// - Throws: ``NeverHappened``.
    public func output(contains text: String, within limit: Duration = .seconds(10)) async throws {
        try await eventually(within: limit, "“\(text)” from \(name)") {
            standardOutput.contains(text) || standardError.contains(text)
        }
    }

    private static func reap(_ pid: Int32, into shared: Shared) {
        // Waits without collecting first: while the lock is held to collect it, nobody sends a signal to a stranger.
        var information = siginfo_t()
        while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        shared.state.withLock { state in
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            let signal = status & 0x7f
            state.exit = signal == 0 ? .status(status >> 8 & 0xff) : .signal(signal)
            state.endedAt = .now
        }
    }
}

/// A process did not end in time and was killed.
public struct ChildProcessOverdue: Error, CustomStringConvertible {
    /// Which one, and what it said last.
    public let description: String
}

/// Starts a process with only the three given descriptors, default signals and an empty signal mask.
private func spawn(
    _ line: [String], _ environment: [String], _ descriptors: (Int32, Int32, Int32)
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, descriptors.0, 0)
    posix_spawn_file_actions_adddup2(&actions, descriptors.1, 1)
    posix_spawn_file_actions_adddup2(&actions, descriptors.2, 2)
    // Whatever other tests have open at this moment: a pipe's end kept open here would keep its reader waiting for ever.
    for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var (all, none) = (sigset_t(), sigset_t())
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var arguments = line.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { (arguments + variables).forEach { free($0) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, line[0], &actions, &attributes, &arguments, &variables)
    guard status == 0 else { throw POSIXFailure("posix_spawn \(line[0])", code: status) }
    return pid
}
