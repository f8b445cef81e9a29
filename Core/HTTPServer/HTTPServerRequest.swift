/// One header line of a request or an answer.
public struct HTTPServerField: Sendable, Equatable {
    /// The name, spelled as it came.
    public var name: String
    /// The value.
    public var value: String

    /// A header line.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// One request, complete.
public struct HTTPServerRequest: Sendable {
    /// The method, in capitals as it came.
    public var method: String
    /// What stood in the request line, percent-encoding untouched: signatures are computed over it.
    public var target: String
    /// The headers in order.
    public var headers: [HTTPServerField]
    /// The body, not decoded.
    public var body: [UInt8]
    /// The numeric address it came from; empty for a Unix socket.
    public var peer: String

    /// A request made by hand, as tests do.
    public init(method: String, target: String, headers: [HTTPServerField] = [], body: [UInt8] = [], peer: String = "") {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// The target up to its question mark, percent-encoding untouched.
    public var path: Substring {
        target.prefix { $0 != "?" }
    }

    /// What follows the question mark, percent-encoding untouched; empty without one.
    public var query: Substring {
        target.drop { $0 != "?" }.dropFirst()
    }

    /// The first header under a name, which compares without regard to case; nil without one.
    public func header(_ name: String) -> String? {
        headers.first {
            $0.name.utf8.count == name.utf8.count
                && zip($0.name.utf8, name.utf8).allSatisfy {
                    $0 == $1 || ($0 | 0x20 == $1 | 0x20 && $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A)
                }
        }?.value
    }
}
