private import Foundation

/// The servers that `Scripts/test` started for the whole run. Tests share them: each takes a database or keys of its own.
public enum TestServers {
    /// The Postgres to use, as a libpq URI.
    /// - Throws: ``MissingServer``; a missing server fails a test, it never skips one.
    public static var databaseURL: String {
        get throws { try value("RELANCE_TEST_DATABASE_URL") }
    }

    /// The Redis to use.
    /// - Throws: ``MissingServer``; a missing server fails a test, it never skips one.
    public static var redisURL: String {
        get throws { try value("RELANCE_TEST_REDIS_URL") }
    }

    /// Where tests put what must not outlive the run: `Scripts/test` stops and deletes whatever is left there. Its path is short,
    /// for sockets, and open to the servers' user.
    public static var directory: String { ProcessInfo.processInfo.environment["RELANCE_TEST_DIRECTORY"] ?? "/tmp" }

    private static func value(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { throw MissingServer(variable: name) }
        return value
    }
}

/// A test needs a server that the environment does not name.
public struct MissingServer: Error, CustomStringConvertible {
    /// The environment variable that would name it.
    public let variable: String

    /// What to do about it.
    public var description: String { "\(variable) is not set: run the tests with Scripts/test, which starts their servers" }
}
