private import Glibc
internal import Synchronization

/// One connection, from its acceptance to its close.
final class Guest: Sendable {
    /// The numeric address it comes from; empty for a Unix socket.
    let address: String
    fileprivate let descriptor: Int32
    /// Milliseconds of the guests' clock at which a request must have arrived; `.max` while none is awaited.
    fileprivate let deadline: Atomic<Int64>

    init(address: String, descriptor: Int32, deadline: Int64) {
        self.address = address
        self.descriptor = descriptor
        self.deadline = Atomic(deadline)
    }
}

/// The connections that are open, and until when each must have sent its request: libmicrohttpd's own time-out counts silence
/// alone, so a byte now and then would hold a connection for ever.
final class Guests: Sendable {
    private let open = Mutex<[ObjectIdentifier: Guest]>([:])
    private let start = ContinuousClock.now
    private let read: Int64
    private let idle: Int64

    init(readTimeout: Duration, idleTimeout: Duration) {
        read = Self.milliseconds(readTimeout)
        idle = Self.milliseconds(idleTimeout)
    }

    /// A connection has been accepted: its request is awaited.
    func welcome(address: String, descriptor: Int32) -> Guest {
        let guest = Guest(address: address, descriptor: descriptor, deadline: now + read)
        open.withLock { $0[ObjectIdentifier(guest)] = guest }
        return guest
    }

    /// A request line has come; headers and body have to follow.
    func beginRequest(_ guest: Guest) { guest.deadline.store(now + read, ordering: .relaxed) }

    /// The request is whole.
    func endRequest(_ guest: Guest) { guest.deadline.store(.max, ordering: .relaxed) }

    /// The answer is sent; the connection may rest before the next request.
    func rest(_ guest: Guest) { guest.deadline.store(now + idle + read, ordering: .relaxed) }

    /// The connection is about to be closed.
    func leave(_ guest: Guest) { open.withLock { $0[ObjectIdentifier(guest)] = nil } }

    /// Shuts down the connections of those who took too long. Under the lock, since a descriptor is closed, and may be
    /// somebody else's, once its guest has left.
    func dismissOverdue() {
        let now = now
        open.withLock { guests in
            for guest in guests.values where guest.deadline.load(ordering: .relaxed) < now {
                shutdown(guest.descriptor, Int32(SHUT_RDWR))
            }
        }
    }

    private var now: Int64 { Self.milliseconds(start.duration(to: .now)) }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
