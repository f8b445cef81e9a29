/// Finds the route of a method and a path.
struct Router: Sendable {
    /// What was found.
    enum Match: Sendable {
        /// A route and the values of its parameters, decoded.
        case route(Route, [String])
        /// The path has routes, but none of this method.
        case otherMethods([Route])
        /// The path has a route, but its parameter cannot be read.
        case unreadable(Route)
        /// No route has this path.
        case nothing
    }

    /// A tree of segments: the literal ones by name, and one for a parameter.
    private struct Node: Sendable {
        var literals: [String: Node] = [:]
        var parameter: [Node] = []
        var routes: [Route] = []
    }

    private var root = Node()

    /// - Parameter routes: each method and path once.
    init(_ routes: [Route]) {
        for route in routes { Self.insert(route, route.segments[...], into: &root) }
    }

    private static func insert(_ route: Route, _ rest: ArraySlice<Route.Segment>, into node: inout Node) {
        switch rest.first {
        case nil:
            precondition(!node.routes.contains { $0.method == route.method }, "\(route.path) is declared twice")
            node.routes.append(route)
        case .literal(let name): insert(route, rest.dropFirst(), into: &node.literals[name, default: Node()])
        case .parameter:
            if node.parameter.isEmpty { node.parameter.append(Node()) }
            insert(route, rest.dropFirst(), into: &node.parameter[0])
        }
    }

    /// Finds a route. HEAD is GET without the body, which the server leaves out by itself.
    func match(_ method: String, _ path: Substring) -> Match {
        guard path.utf8.first == UInt8(ascii: "/") else { return .nothing }
        let segments = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        guard let (routes, values) = Self.find(segments[...], in: root, []) else { return .nothing }
        let asked = method == "HEAD" ? "GET" : method
        guard let route = routes.first(where: { $0.method.rawValue == asked }) else { return .otherMethods(routes) }
        var decoded: [String] = []
        for value in values {
            guard let text = PercentEncoding.decode(value) else { return .unreadable(route) }
            decoded.append(text)
        }
        return .route(route, decoded)
    }

    private static func find(_ rest: ArraySlice<Substring>, in node: Node, _ values: [Substring]) -> ([Route], [Substring])? {
        guard let first = rest.first else { return node.routes.isEmpty ? nil : (node.routes, values) }
        if let child = node.literals[String(first)], let found = find(rest.dropFirst(), in: child, values) { return found }
        guard !first.isEmpty, let child = node.parameter.first else { return nil }
        return find(rest.dropFirst(), in: child, values + [first])
    }
}

/// Percent-encoding in paths (RFC 3986 §2.1), where a plus sign is a plus sign.
enum PercentEncoding {
    /// The text; nil for malformed encoding, what is not UTF-8, and U+0000.
    static func decode(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var decoded: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), value != 0,
                high != UInt8(ascii: "+"), high != UInt8(ascii: "-")
            else { return nil }
            decoded.append(value)
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
