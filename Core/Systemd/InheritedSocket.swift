private import CSystemd
private import Glibc

/// A listening socket that systemd opened for this program (socket activation), so that no connection is refused during a
/// restart.
public struct InheritedSocket: Sendable, Equatable {
    /// The descriptor. Whoever listens on it owns it.
    public let descriptor: Int32
    /// FileDescriptorName of the socket unit.
    public let name: String

    /// The sockets handed to this process, in the order of the socket unit; none without socket activation, and none when they
    /// were meant for another process. They do not pass on to programs that this one starts.
    ///
    /// The corresponding C function is `sd_listen_fds_with_names`.
    public static func all() -> [InheritedSocket] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(0, &names)
        guard count > 0, let names else { return [] }
        defer { free(names) }
        return (0..<Int(count)).map { index in
            defer { free(names[index]) }
            return InheritedSocket(
                descriptor: SD_LISTEN_FDS_START + Int32(index), name: names[index].map { String(cString: $0) } ?? "")
        }
    }
}
