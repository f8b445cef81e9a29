/// Why Redis did not do what was asked. After ``timeout(_:)`` and ``disconnected(_:)`` nobody knows whether it did.
public enum RedisError: Error, Equatable {
    /// What was being waited for when the time ran out.
    public enum Phase: String, Sendable {
        /// The connection, the sentinels' answer or the authentication.
        case connect
        /// The answer to a command, or a turn on the connection.
        case command
        /// A sign of life on a subscription.
        case ping
    }

    /// Nobody listens there, or the connection was refused.
    case unreachable(RedisEndpoint, reason: String)
    /// The time ran out.
    case timeout(Phase)
    /// The connection broke, for the reason that the system gave.
    case disconnected(String)
    /// Redis answered with an error. Only its first word is kept (`NOAUTH`, `WRONGTYPE`…): the rest may repeat arguments.
    case server(code: String)
    /// No sentinel could name a primary that says of itself that it is one.
    case noPrimary
    /// The answer was not one this command can have, or not in Redis's protocol.
    case unexpectedReply
}

extension RedisError: CustomStringConvertible {
    /// One of seven words, for metrics.
    public var label: String {
        switch self {
        case .unreachable: "unreachable"
        case .timeout: "timeout"
        case .disconnected: "disconnected"
        case .server("NOAUTH"), .server("WRONGPASS"), .server("NOPERM"): "denied"
        case .server: "server"
        case .noPrimary: "no_primary"
        case .unexpectedReply: "unexpected_reply"
        }
    }

    /// Whether the same call may succeed later with nobody's help.
    public var isTransient: Bool {
        switch self {
        case .unreachable, .timeout, .disconnected, .noPrimary: true
        case .server(let code): Self.transientCodes.contains(code)
        case .unexpectedReply: false
        }
    }

    /// A sentence for the log; holds neither keys, values nor secrets.
    public var description: String {
        switch self {
        case .unreachable(let endpoint, let reason): "Redis at \(endpoint) is unreachable: \(reason)"
        case .timeout(let phase): "Redis did not answer in time (\(phase.rawValue))"
        case .disconnected(let reason): "the connection to Redis broke: \(reason)"
        case .server(let code): "Redis refused: \(code)"
        case .noPrimary: "no sentinel named a working primary"
        case .unexpectedReply: "Redis gave an answer of an unexpected kind"
        }
    }

    /// States of a server that pass: starting, failing over, short of memory or of replicas, in a long script.
    private static let transientCodes: Set<String> = [
        "LOADING", "READONLY", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN", "BUSY", "OOM", "MISCONF", "NOREPLICAS", "UNBLOCKED",
    ]
}
