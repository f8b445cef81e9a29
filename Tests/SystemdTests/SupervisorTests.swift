import Foundation
import Testing

@testable import Systemd

/// What needs an environment runs in a process of its own: the environment of this one belongs to all tests.
@Suite struct SupervisorTests {
    @Test func `without a supervisor nothing is sent and nothing fails`() async {
        await #expect(processExitsWith: .success) {
            for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID"] { unsetenv(name) }
            #expect(!Supervisor.notify(.ready, .status("working")))
            #expect(Supervisor.watchdogTimeout == nil)
            #expect(InheritedSocket.all() == [])
        }
    }

    @Test func `notifications arrive together, in systemd's words`() async {
        await #expect(processExitsWith: .success) {
            let supervisor = try FakeSupervisor()
            #expect(Supervisor.notify(.ready, .status("3 due")))
            #expect(supervisor.next() == "READY=1\nSTATUS=3 due")
            #expect(Supervisor.notify(.watchdog))
            #expect(supervisor.next() == "WATCHDOG=1")
            #expect(Supervisor.notify(.stopping))
            #expect(supervisor.next() == "STOPPING=1")
        }
    }

    @Test func `a supervisor that is gone is no failure`() async {
        await #expect(processExitsWith: .success) {
            setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
            #expect(!Supervisor.notify(.ready))
        }
    }

    @Test func `a status stays one line`() {
        #expect(Supervisor.Notification.status("a\nREADY=1\r\nb\0c").assignment == "STATUS=a READY=1 b c")
    }

    @Test func `the watchdog's time is read`() async {
        await #expect(processExitsWith: .success) {
            setenv("WATCHDOG_USEC", "90000000", 1)
            setenv("WATCHDOG_PID", "\(getpid())", 1)
            #expect(Supervisor.watchdogTimeout == .seconds(90))
            setenv("WATCHDOG_PID", "1", 1)
            #expect(Supervisor.watchdogTimeout == nil)
        }
    }

    @Test func `sockets are taken with their names, and only by the process they are for`() async {
        await #expect(processExitsWith: .success) {
            // The first descriptor that systemd hands over is 3.
            for descriptor in Int32(3)...4 { dup2(socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0), descriptor) }
            setenv("LISTEN_FDS", "2", 1)
            setenv("LISTEN_FDNAMES", "http:admin", 1)
            setenv("LISTEN_PID", "1", 1)
            #expect(InheritedSocket.all() == [])
            setenv("LISTEN_PID", "\(getpid())", 1)
            let sockets = InheritedSocket.all()
            #expect(sockets.map(\.descriptor) == [3, 4])
            #expect(sockets.map(\.name) == ["http", "admin"])
        }
    }
}

/// The other end of NOTIFY_SOCKET.
private struct FakeSupervisor {
    let descriptor: Int32

    init() throws {
        // A leading zero puts the name outside the file system, where nothing has to be cleaned up.
        let name = "\0relance-notify-\(getpid())"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sa_family_t>.size + name.utf8.count))
            }
        }
        try #require(status == 0)
        setenv("NOTIFY_SOCKET", "@" + name.dropFirst(), 1)
    }

    func next() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }
}
