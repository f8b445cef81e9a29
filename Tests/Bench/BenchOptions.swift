/// The command line of `bench`.
struct BenchOptions {
    /// Quantities to measure; empty measures all.
    var names: [String] = []
    /// Where the figures go as JSON.
    var jsonPath: String?
    /// Runs of each measurement, whose median counts.
    var runs = 3

    /// Only say what could be measured.
    var lists = false

    /// - Parameter known: names of all quantities.
    init(_ arguments: [String], known: [String]) throws(BenchUsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--json":
                guard let path = rest.popFirst() else { throw BenchUsageError("--json wants a file") }
                jsonPath = path
            case "--runs":
                guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else {
                    throw BenchUsageError("--runs wants a number above 0")
                }
                runs = count
            case "--list": lists = true
            default:
                guard known.contains(argument) else {
                    throw BenchUsageError("there is no \(argument); there are:\n  \(known.joined(separator: "\n  "))")
                }
                names.append(argument)
            }
        }
    }
}

/// A command line that means nothing.
struct BenchUsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
