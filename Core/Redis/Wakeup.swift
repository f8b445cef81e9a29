private import Glibc

/// A bell between threads: rung from anywhere, awaited by one plain thread, alone or beside a socket.
///
/// A pair of sockets, as Swift's Glibc module has neither `eventfd` nor `pipe2`. The corresponding C function is `socketpair`.
final class Wakeup: Sendable {
    /// For `poll`: readable while the bell has been rung and nobody has silenced it.
    let descriptor: Int32
    private let button: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let status = socketpair(AF_UNIX, Int32(kind), 0, &ends)
        precondition(status == 0, "the process has run out of file descriptors")
        descriptor = ends[0]
        button = ends[1]
    }

    deinit {
        close(descriptor)
        close(button)
    }

    /// Rings. Never blocks: a full buffer rings already.
    func ring() {
        var byte: UInt8 = 1
        write(button, &byte, 1)
    }

    /// Silences the bell, so that the next wait waits again.
    func silence() {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            while read(descriptor, buffer.baseAddress, buffer.count) == buffer.count {}
        }
    }

    /// Waits for the bell.
    /// - Parameter duration: The longest to wait; nil for as long as it takes.
    /// - Returns: Whether it rang.
    func wait(for duration: Duration?) -> Bool {
        Polling.wait(for: [descriptor], deadline: duration.map { .now + $0 }) == descriptor
    }
}
