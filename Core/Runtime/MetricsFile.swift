private import FoundationEssentials
private import Glibc

/// Prometheus text for node_exporter's textfile collector, replaced in one step so that no scrape sees half a file.
public struct MetricsFile: Sendable {
    /// One sample of a metric.
    public struct Sample: Sendable {
        /// Metric name.
        public let name: String
        /// One sentence.
        public let help: String
        /// `gauge` or `counter`.
        public let kind: String
        /// Bounded values only.
        public let labels: [(String, String)]
        /// The sample.
        public let value: Double

        /// - Parameter kind: `gauge` or `counter`.
        public init(_ name: String, help: String, kind: String = "gauge", labels: [(String, String)] = [], value: Double) {
            self.name = name
            self.help = help
            self.kind = kind
            self.labels = labels
            self.value = value
        }
    }

    private let path: String

    /// - Parameter path: the file; its folder must exist.
    public init(path: String) { self.path = path }

    /// Writes the samples; those of one metric must stand together.
    public func write(_ samples: [Sample]) throws {
        let temporary = path + ".\(getpid()).tmp"
        defer { unlink(temporary) }
        try Data(Self.text(samples).utf8).write(to: URL(filePath: temporary))
        guard rename(temporary, path) == 0 else {
            throw ConfigurationError(faults: ["--metrics-file \(path): \(String(cString: strerror(errno)))"])
        }
    }

    /// The exposition format.
    public static func text(_ samples: [Sample]) -> String {
        var text = ""
        var described: String?
        for sample in samples {
            if described != sample.name {
                text += "# HELP \(sample.name) \(escaped(sample.help, ["\\", "\n"]))\n# TYPE \(sample.name) \(sample.kind)\n"
                described = sample.name
            }
            let labels = sample.labels.map { "\($0.0)=\"\(escaped($0.1, ["\\", "\n", "\""]))\"" }.joined(separator: ",")
            text += sample.name + (labels.isEmpty ? "" : "{\(labels)}") + " \(number(sample.value))\n"
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    /// By scalar: a carriage return and a line feed are one character in Swift.
    private static func escaped(_ text: String, _ special: Set<Unicode.Scalar>) -> String {
        text.unicodeScalars.map { special.contains($0) ? ($0 == "\n" ? "\\n" : "\\\($0)") : String($0) }.joined()
    }
}
