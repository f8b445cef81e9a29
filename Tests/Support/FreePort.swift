private import Foundation

/// A TCP port of the loopback interface that nobody listens on. For servers that cannot pick one themselves; somebody else may
/// take it before they do, which the caller then sees as a server that does not start.
/// - Returns: The port's number.
/// - Throws: ``POSIXFailure``.
public func freePort() throws -> Int {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard socket >= 0 else { throw POSIXFailure("socket") }
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) | getsockname(socket, $0, &length) }
    }
    guard status == 0 else { throw POSIXFailure("bind") }
    return Int(UInt16(bigEndian: address.sin_port))
}
