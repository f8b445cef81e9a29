private import Glibc
internal import HTTPServer

/// Which addresses may say for whom they speak (`X-Forwarded-For`). Whoever comes through the Unix socket is on this machine and
/// may.
public struct Proxies: Sendable {
    private struct Network: Sendable {
        let bytes: [UInt8]
        let bits: Int

        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == bytes.count else { return false }
            return (0..<bits).allSatisfy { bit in (address[bit / 8] ^ bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0 }
        }
    }

    private let networks: [Network]

    /// Nobody but whoever comes through the Unix socket.
    public static let none = Proxies(networks: [])

    private init(networks: [Network]) { self.networks = networks }

    /// - Parameter list: addresses, or networks such as `10.0.0.0/8`.
    /// - Returns: nil when one of them is neither.
    public init?(_ list: [String]) {
        var networks: [Network] = []
        for text in list {
            let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
            guard let first = parts.first, let bytes = Self.bytes(first) else { return nil }
            let bits = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
            guard let bits, (0...bytes.count * 8).contains(bits) else { return nil }
            networks.append(Network(bytes: bytes, bits: bits))
        }
        self.networks = networks
    }

    /// The address of whoever is behind the proxies: the last one that no proxy of ours has.
    func client(of request: HTTPServerRequest) -> String {
        var client = request.peer
        guard isTrusted(client) else { return client }
        // Each proxy appends the address that it saw, so the list is read from its end.
        let forwarded = request.headers.filter { $0.name.lowercased() == "x-forwarded-for" }.map(\.value).joined(separator: ",")
        for part in forwarded.split(separator: ",").reversed().prefix(16) {
            let address = String(part.filter { $0 != " " })
            guard Self.bytes(address) != nil else { return client }
            client = address
            if !isTrusted(client) { return client }
        }
        return client
    }

    private func isTrusted(_ address: String) -> Bool {
        if address.isEmpty { return true }
        guard !networks.isEmpty, let bytes = Self.bytes(address) else { return false }
        return networks.contains { $0.contains(bytes) }
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        var six = in6_addr()
        return inet_pton(AF_INET6, text, &six) == 1 ? withUnsafeBytes(of: &six) { Array($0) } : nil
    }
}
