private import FoundationEssentials
public import Primitives

/// Reads a program's configuration from environment variables, collecting *every* fault before it gives up.
///
/// Beside each secret `KEY` a `KEY_FILE` names a file that holds it (systemd credentials). A variable that is set but
/// invalid is a fault, never silently the default.
public struct Environment {
    private let values: [String: String]
    private var faults: [String] = []

    /// Reads from these variables.
    public init(_ values: [String: String]) { self.values = values }

    /// The environment of this process.
    public static func ofProcess() -> Environment { Environment(ProcessInfo.processInfo.environment) }

    /// A text; empty counts as unset.
    public func text(_ key: String) -> String? {
        guard let value = values[key], !value.isEmpty else { return nil }
        return value
    }

    /// A text that must be there.
    public mutating func required(_ key: String, example: String) -> String {
        let known = faults.count
        if let value = secret(key)?.reveal() { return value }
        // A file that cannot be read has been named already.
        if faults.count == known { fault("\(key) is not set (for example \(example))") }
        return ""
    }

    /// A credential, from `KEY` or the file that `KEY_FILE` names.
    public mutating func secret(_ key: String) -> Secret? {
        switch (text(key), text(key + "_FILE")) {
        case (let value?, nil): return Secret(value)
        case (nil, nil): return nil
        case (.some, .some):
            fault("\(key) and \(key)_FILE are both set: keep one")
            return nil
        case (nil, let path?):
            guard let content = try? String(contentsOfFile: path, encoding: .utf8) else {
                fault("\(key)_FILE names \(path), which cannot be read")
                return nil
            }
            let value = content.trimmingSuffix { $0.isNewline }
            if value.isEmpty { fault("\(key)_FILE names \(path), which is empty") }
            return value.isEmpty ? nil : Secret(String(value))
        }
    }

    /// Reads credentials whose names are only known later (a row of the database); nil where there is none.
    public var laterSecrets: @Sendable (String) -> Secret? {
        let values = values
        return { key in
            var reading = Environment(values)
            return reading.secret(key)
        }
    }

    /// An http or https URL without a trailing slash.
    public mutating func url(_ key: String, default standard: String) -> String {
        guard let value = text(key) else { return standard }
        let afterScheme = ["https://", "http://"].first { value.hasPrefix($0) }.map { value.dropFirst($0.count) }
        guard let first = afterScheme?.first, !"/?#".contains(first), !value.contains(where: \.isWhitespace) else {
            fault("\(key) must be an http(s) URL, not \(value.debugDescription)")
            return standard
        }
        return String(value.trimmingSuffix { $0 == "/" })
    }

    /// One word of a set.
    public mutating func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default standard: Choice) -> Choice
    where Choice.RawValue == String {
        guard let value = text(key) else { return standard }
        if let choice = Choice(rawValue: value) { return choice }
        fault("\(key) must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")), not \(value.debugDescription)")
        return standard
    }

    /// A whole number within bounds.
    public mutating func integer(_ key: String, default standard: Int, in bounds: ClosedRange<Int>) -> Int {
        guard let value = text(key) else { return standard }
        if let number = Int(value), bounds.contains(number) { return number }
        fault("\(key) must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound), not \(value.debugDescription)")
        return standard
    }

    /// A duration such as `500ms`, `20s`, `2m`, within bounds.
    public mutating func duration(_ key: String, default standard: Duration, in bounds: ClosedRange<Duration>) -> Duration {
        guard let value = text(key) else { return standard }
        if let duration = Duration(value), bounds.contains(duration) { return duration }
        fault(
            "\(key) must be a duration such as 20s, from \(bounds.lowerBound) to \(bounds.upperBound), not \(value.debugDescription)"
        )
        return standard
    }

    /// Words separated by commas.
    public func list(_ key: String) -> [String] {
        (text(key) ?? "").split(separator: ",").map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }

    /// Records a fault found by a reader outside this type.
    public mutating func fault(_ description: String) { faults.append(description) }

    /// Ends the reading.
    ///
    /// - Throws: `ConfigurationError` naming every fault.
    public func finish() throws(ConfigurationError) {
        if !faults.isEmpty { throw ConfigurationError(faults: faults) }
    }
}

/// The environment holds faults; all of them are listed.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// A sentence each.
    public let faults: [String]

    /// The faults.
    public init(faults: [String]) { self.faults = faults }

    public var description: String { (["configuration:"] + faults.map { "  - \($0)" }).joined(separator: "\n") }
}

extension StringProtocol {
    func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        var view = self[...]
        while let last = view.last, predicate(last) { view = view.dropLast() }
        return String(view)
    }

    func trimming(while predicate: (Character) -> Bool) -> String {
        String(drop(while: predicate)).trimmingSuffix(while: predicate)
    }
}
