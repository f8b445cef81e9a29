/// The simulator's command line.
struct SimulatorOptions {
    /// The port on loopback; 0 takes a free one.
    var port: UInt16 = 0
    /// A file that each request is added to, as a line of JSON.
    var recordPath: String?
    /// Whether requests and effects are kept; without it they are only counted, for benchmarks.
    var keepsRecords = true

    static let usage = "usage: provider-simulator [--port N] [--record FILE.jsonl] [--no-record]"

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
            default: return nil
            }
        }
    }
}
