/// The simulator's command line.
struct SimulatorOptions {
    /// The port on loopback; 0 takes a free one.
    var port: UInt16 = 0
    /// A file that each request is added to, as a line of JSON.
    var recordPath: String?
    /// Whether requests and effects are kept; without it they are only counted, for benchmarks.
    var keepsRecords = true

    /// Whether it was only asked what it can do.
    var wantsHelp = false

    static let usage = "usage: provider-simulator [--port N] [--record FILE.jsonl] [--no-record] [--help]"

    static let help = """
        \(usage)
        Resend, SendGrid, Twilio, Green API, LiveKit's room service and a mail relay, on loopback. Base URLs are
        http://127.0.0.1:PORT/ and resend, sendgrid, twilio, green_api or livekit; the relay has a port of its own.

          --port N         the port; a free one without it, told on standard output
          --record FILE    adds each request to FILE, as a line of JSON
          --no-record      counts only

        GET    /_simulator/smtp       the relay's URL
        GET    /_simulator/requests   every request, without credentials
        GET    /_simulator/effects    every message that was taken
        GET    /_simulator/summary    counts of both
        DELETE /_simulator/requests   forgets them
        PUT    /_simulator/settings   {"green_api":"notAuthorized","rooms":{"room":["identity"]},
                                      "resend_per_second":5}
        PUT    /_simulator/faults     a list of faults, tried in order for each message:
          kind         \(Fault.Kind.allCases.map(\.rawValue).joined(separator: ", "))
          provider     \(SimulatedProvider.allCases.map(\.rawValue).joined(separator: ", ")); all without it
          account      Twilio's SID, Green API's instance, the key of Resend or SendGrid; all without it
          to           the recipient; all without it
          stage        message, which it is without it; lookup (the lists of Twilio and Green API, LiveKit's rooms);
                       with SMTP also greeting, sender, recipient
          status, code, retry_after   of the answer; delay_ms before it
          count        how often, for ever without it; probability from 0 to 1

        Some recipients are faults by themselves: ana+sim-422-validation_error@example.test (mail; with SMTP
        ana+sim-550-5.1.1@…), +1000 and a code of Twilio's, +1000000 and a status of Green API's.
        """

    /// Reads the arguments after the program's name; nil when they are not understood.
    init?(_ arguments: some Sequence<String>) {
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            switch argument {
            case "--port":
                guard let value = rest.next().flatMap({ UInt16($0) }) else { return nil }
                port = value
            case "--record":
                guard let value = rest.next() else { return nil }
                recordPath = value
            case "--no-record": keepsRecords = false
            case "--help", "-h": wantsHelp = true
            default: return nil
            }
        }
    }
}
