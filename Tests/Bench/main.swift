private import Foundation
private import TestSupport

// bench [NAME…] [--json FILE] [--runs N] [--list]
//
// Called by Scripts/bench, which builds and starts what it needs and says where that is in DATABASE_URL and REDIS_URL.

let everything: [any Experiment] = [
    QueueDrain(), QueueEnqueue(), StartLatency(), IdleTick(), PlanReminders(), DeliverMails(),
    DeliverFaulty(), IngestLog(), AlertsList(),
]

do {
    let names = everything.flatMap(\.quantities).map(\.name)
    let options = try BenchOptions(Array(CommandLine.arguments.dropFirst()), known: names)
    if options.lists {
        print(names.joined(separator: "\n"))
        exit(0)
    }
    let servers = try BenchServers(ProcessInfo.processInfo.environment)
    let chosen = everything.filter { experiment in
        options.names.isEmpty || experiment.quantities.contains { options.names.contains($0.name) }
    }
    var report = BenchReport(machine: try await Machine.describe(servers))
    for experiment in chosen {
        for size in BenchSize.allCases {
            report.add(try await Trial(experiment, size: size, runs: options.runs, on: servers).run(), size: size)
        }
    }
    print(report.table)
    if let path = options.jsonPath { try report.json.write(toFile: path, atomically: true, encoding: .utf8) }
} catch {
    progress("\(error)")
    exit(error is BenchUsageError ? 64 : 1)
}

/// Says how far things are, on standard error: the table alone goes to standard output.
func progress(_ line: String) { FileHandle.standardError.write(Data("bench: \(line)\n".utf8)) }
