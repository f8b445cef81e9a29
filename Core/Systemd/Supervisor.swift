private import CSystemd

/// The systemd that started this program, if one did. Without one everything here does nothing.
///
/// libsystemd reads the environment each time; nothing is kept. Any thread may call; no call waits.
public enum Supervisor {
    /// What a service may tell.
    public enum Notification: Sendable, Equatable {
        /// Started: units that wait for this one go on. Sent once, when the first request could be served.
        case ready
        /// Shutting down: from here on TimeoutStopSec counts.
        case stopping
        /// Still getting on. Sent by the loop that does the work, never by a timer of its own: that would say nothing.
        case watchdog
        /// One line for `systemctl status`; neither personal data nor secrets.
        case status(String)

        /// As the protocol writes it (sd_notify(3)). A line break would begin another assignment, so there is none.
        var assignment: String {
            switch self {
            case .ready: "READY=1"
            case .stopping: "STOPPING=1"
            case .watchdog: "WATCHDOG=1"
            case .status(let text): "STATUS=" + String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 })
            }
        }
    }

    /// Tells systemd something.
    ///
    /// The corresponding C function is `sd_notify`.
    /// - Parameter notifications: What to tell, all in one message.
    /// - Returns: Whether it was handed over; false without a systemd, or when its socket cannot be reached, neither of which
    ///   is a reason to stop working.
    @discardableResult
    public static func notify(_ notifications: Notification...) -> Bool {
        sd_notify(0, notifications.map(\.assignment).joined(separator: "\n")) > 0
    }

    /// WatchdogSec: without a ``Notification/watchdog`` for this long systemd kills the service. Send one every half of it.
    /// Nil where no watchdog is set for this process.
    ///
    /// The corresponding C function is `sd_watchdog_enabled`.
    public static var watchdogTimeout: Duration? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(Int64(clamping: microseconds))
    }
}
