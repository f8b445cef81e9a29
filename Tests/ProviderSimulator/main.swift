internal import Glibc
internal import HTTPServer

// Resend, SendGrid, Twilio, Green API, LiveKit and a mail relay as one process: for tests, the demo and benchmarks. It accepts and refuses as they do, fails on
// request, and tells afterwards what it really took in.

guard let options = SimulatorOptions(CommandLine.arguments.dropFirst()) else {
    say(SimulatorOptions.usage, to: STDERR_FILENO)
    exit(64)
}

if options.wantsHelp {
    say(SimulatorOptions.help, to: STDOUT_FILENO)
    exit(0)
}

// Blocked before any thread starts, so that all inherit it and only `sigwait` gets them.
var endSignals = sigset_t()
sigemptyset(&endSignals)
sigaddset(&endSignals, SIGTERM)
sigaddset(&endSignals, SIGINT)
pthread_sigmask(SIG_BLOCK, &endSignals, nil)

do {
    let ledger = Ledger(keepsRecords: options.keepsRecords, journal: try options.recordPath.map(Journal.open))
    guard let relay = SMTPSimulator(ledger) else { throw Journal.Failure(path: "a socket", errno: errno) }
    let simulator = Simulator(ledger, relay)
    let configuration = HTTPServerConfiguration(port: options.port, maxConnections: 4096, maxRequestBytes: 42 << 20)
    let server = try HTTPServer.start(configuration) { simulator.handle($0) }
    say("listening on http://127.0.0.1:\(server.port)", to: STDOUT_FILENO)
    // The main thread has nothing else to do. Ending takes no farewell: what was accepted is told by the journal.
    var number: Int32 = 0
    sigwait(&endSignals, &number)
    withExtendedLifetime(server) { exit(0) }
} catch {
    say("provider-simulator: \(error)", to: STDERR_FILENO)
    exit(69)
}

/// Writes a line at once, so that whoever waits for it on a pipe gets it.
func say(_ line: String, to descriptor: Int32) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
}
