private import Glibc
private import Primitives

/// Structured logs on standard error.
///
/// Messages are constants (`Event`), values are fields. No personal data and no secret may be passed: addresses, names
/// and bodies have no place in a field.
public struct Log: Sendable {
    /// How much a line matters.
    public enum Level: String, Sendable, CaseIterable, Comparable {
        /// For whoever looks for a fault.
        case debug
        /// What was done.
        case info
        /// What went wrong and is dealt with.
        case warning
        /// What somebody has to deal with.
        case error

        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
        private var rank: Int { Level.allCases.firstIndex(of: self) ?? 0 }
    }

    /// How a line looks.
    public enum Format: String, Sendable, CaseIterable {
        /// One JSON object a line.
        case json
        /// For people: time, level, message, fields.
        case text
        /// For journald's standard error: a syslog priority prefix and no time of our own.
        case journal
    }

    /// Lines below it are not written.
    public let level: Level
    /// How lines look.
    public let format: Format
    private let context: [(String, String)]
    private let sink: @Sendable (String) -> Void

    /// - Parameter sink: where whole lines go; standard error unless a test listens.
    public init(
        level: Level = .info, format: Format = .text, context: [(String, String)] = [],
        sink: @escaping @Sendable (String) -> Void = Log.standardError
    ) {
        self.level = level
        self.format = format
        self.context = context
        self.sink = sink
    }

    /// The same log with further fields on every line.
    public func with(_ fields: [(String, String)]) -> Log {
        Log(level: level, format: format, context: context + fields, sink: sink)
    }

    /// Writes a line for whoever looks for a fault.
    public func debug(_ event: Event, _ fields: KeyValuePairs<String, String> = [:]) { write(.debug, event, fields) }
    /// Writes what was done.
    public func info(_ event: Event, _ fields: KeyValuePairs<String, String> = [:]) { write(.info, event, fields) }
    /// Writes what went wrong and is dealt with.
    public func warning(_ event: Event, _ fields: KeyValuePairs<String, String> = [:]) { write(.warning, event, fields) }
    /// Writes what somebody has to deal with.
    public func error(_ event: Event, _ fields: KeyValuePairs<String, String> = [:]) { write(.error, event, fields) }

    private func write(_ level: Level, _ event: Event, _ fields: KeyValuePairs<String, String>) {
        guard level >= self.level else { return }
        sink(line(level, event, fields.map { ($0.key, $0.value) }))
    }

    private func line(_ level: Level, _ event: Event, _ fields: [(String, String)]) -> String {
        let all = context + fields
        switch format {
        case .json:
            let pairs =
                [("at", Log.wallClock()), ("level", level.rawValue), ("event", "\(event)"), ("message", event.rawValue)] + all
            return "{" + pairs.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1))" }.joined(separator: ",") + "}"
        case .text:
            return "\(Log.wallClock()) \(level.rawValue) \(event.rawValue)"
                + all.map { " \($0.0)=\(JSONText.bare($0.1))" }.joined()
        case .journal:
            let priority = [Level.debug: 7, .info: 6, .warning: 4, .error: 3][level] ?? 6
            return "<\(priority)>\(event.rawValue)" + all.map { " \($0.0)=\(JSONText.bare($0.1))" }.joined()
        }
    }

    private static func wallClock() -> String {
        Timestamp.now().description
    }

    /// Writes a line with one system call, so that lines of several threads do not mix.
    public static let standardError: @Sendable (String) -> Void = { line in
        var bytes = Array(line.utf8)
        bytes.append(UInt8(ascii: "\n"))
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
