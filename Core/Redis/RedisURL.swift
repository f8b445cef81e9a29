/// The parts of a Redis URL. A parser of our own, because Foundation's knows no list of hosts.
struct RedisURL {
    let server: RedisConfiguration.Server
    let username: String?
    let password: String?
    let database: Int

    init(parsing url: String) throws(RedisConfigurationError) {
        guard let colon = url.firstIndex(of: ":") else { throw .unknownScheme }
        let rest = url[url.index(after: colon)...]
        guard !rest.contains("#") else { throw .unexpectedPart }
        let question = rest.firstIndex(of: "?")
        let query = question.map { rest[rest.index(after: $0)...] }
        var body = rest[..<(question ?? rest.endIndex)]

        let scheme = url[..<colon].lowercased()
        if scheme == "unix", !body.hasPrefix("//") { body = "//" + body }
        guard body.hasPrefix("//") else { throw .unknownScheme }
        body = body.dropFirst(2)

        // A password may hold a "/" written plainly, so the last "@" ends it; hosts and paths hold none.
        let at = body.lastIndex(of: "@")
        (username, password) = try Self.credentials(at.map { body[..<$0] })
        let place = at.map { body[body.index(after: $0)...] } ?? body

        switch scheme {
        case "redis":
            guard query == nil else { throw .unexpectedPart }
            let (hosts, path) = Self.split(place)
            server = .direct(try Self.endpoint(hosts, port: 6379))
            database = try Self.database(path)
        case "redis+unix", "unix":
            let path = try Self.decode(place)
            guard path.hasPrefix("/"), path.utf8.count <= 107 else { throw .invalidPath }
            server = .direct(.path(path))
            database = try Self.database(Self.databaseParameter(query))
        case "redis+sentinel":
            guard query == nil else { throw .unexpectedPart }
            let (hosts, path) = Self.split(place)
            let (primary, number) = Self.split(path ?? "")
            guard !primary.isEmpty else { throw .missingPrimary }
            var sentinels: [RedisEndpoint] = []
            for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
                sentinels.append(try Self.endpoint(host, port: 26379))
            }
            server = .sentinels(sentinels, primary: try Self.decode(primary))
            database = try Self.database(number)
        case "rediss": throw .tlsUnavailable
        default: throw .unknownScheme
        }
    }

    /// What stands before the first "/", and what stands behind it.
    private static func split(_ text: Substring) -> (Substring, Substring?) {
        guard let slash = text.firstIndex(of: "/") else { return (text, nil) }
        return (text[..<slash], text[text.index(after: slash)...])
    }

    private static func credentials(_ text: Substring?) throws(RedisConfigurationError) -> (String?, String?) {
        guard let text else { return (nil, nil) }
        guard let colon = text.firstIndex(of: ":") else { throw .missingPassword }
        let user = try decode(text[..<colon])
        let password = try decode(text[text.index(after: colon)...])
        guard !password.isEmpty else { throw .missingPassword }
        return (user.isEmpty ? nil : user, password)
    }

    private static func endpoint(_ text: Substring, port standard: Int) throws(RedisConfigurationError) -> RedisEndpoint {
        var host = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { throw .missingHost }
            host = text[text.index(after: text.startIndex)..<end]
            let tail = text[text.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { throw .invalidPort }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        let name = try decode(host)
        guard !name.isEmpty else { throw .missingHost }
        guard let port else { return .host(name, port: standard) }
        guard let number = number(port), number > 0 else { throw .invalidPort }
        return .host(name, port: number)
    }

    private static func database(_ text: Substring?) throws(RedisConfigurationError) -> Int {
        guard let text, !text.isEmpty else { return 0 }
        guard let number = number(text) else { throw .invalidDatabase }
        return number
    }

    private static func databaseParameter(_ query: Substring?) throws(RedisConfigurationError) -> Substring? {
        guard let query, !query.isEmpty else { return nil }
        guard query.hasPrefix("db="), !query.contains("&") else { throw .unexpectedPart }
        return query.dropFirst(3)
    }

    /// Digits only: `Int("+6")` is 6, which nobody means in a URL.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text), number <= 65535 else {
            return nil
        }
        return number
    }

    private static func decode(_ text: Substring) throws(RedisConfigurationError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(), let value = hexadecimal(high, low), value != 0 else {
                throw .invalidEscape
            }
            bytes.append(value)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw .invalidEscape }
        return decoded
    }

    private static func hexadecimal(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = Character(Unicode.Scalar(high)).hexDigitValue, let low = Character(Unicode.Scalar(low)).hexDigitValue
        else {
            return nil
        }
        return UInt8(high << 4 | low)
    }
}
