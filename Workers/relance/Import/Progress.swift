import Glibc
import Runtime
private import Synchronization

/// A line on the terminal that counts up; nothing where nobody watches.
enum Progress {
    private static let isShown = Mutex(false)

    /// Shows or renews the line.
    static func show(_ text: String) {
        guard Terminal.errors.isInteractive else { return }
        isShown.withLock { $0 = true }
        write("\r\u{1B}[K\(text)")
    }

    /// Takes the line away and, if given, writes another one that stays.
    static func interrupt(_ line: String? = nil) {
        let wasShown = isShown.withLock { isShown in
            defer { isShown = false }
            return isShown
        }
        if wasShown { write("\r\u{1B}[K") }
        if let line { Log.standardError(line) }
    }

    private static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
