/// Why a server did not start.
public enum HTTPServerError: Error, Sendable, Equatable {
    /// The configuration's address is not a numeric one.
    case malformedAddress
    /// The port is taken, not permitted, or threads or descriptors have run out; with the errno.
    case couldNotListen(errno: Int32)

    /// A word from a bounded set, for metrics.
    public var label: String {
        switch self {
        case .malformedAddress: "malformed_address"
        case .couldNotListen: "could_not_listen"
        }
    }

    /// True where a later start may succeed.
    public var isTransient: Bool {
        self != .malformedAddress
    }
}

extension HTTPServerError: CustomStringConvertible {
    /// The label and the errno.
    public var description: String {
        switch self {
        case .malformedAddress: "HTTP server: the address is not numeric"
        case .couldNotListen(let errno): "HTTP server: cannot listen (errno \(errno))"
        }
    }
}
