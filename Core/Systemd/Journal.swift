private import CSystemd
private import Glibc

/// The system's journal, which keeps a log line's fields apart. Without a journal nothing is sent.
public enum Journal {
    /// Whether standard error is the journal already, as in a service of systemd's: the sign to send fields instead of lines.
    ///
    /// systemd names the stream it made in JOURNAL_STREAM, by device and inode (systemd.exec(5)); a redirection makes it untrue.
    public static var isStandardError: Bool {
        guard let stream = getenv("JOURNAL_STREAM").map({ String(cString: $0) }) else { return false }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0 else { return false }
        return stream == "\(status.st_dev):\(status.st_ino)"
    }

    /// Sends one entry. It may wait for a moment while the journal is behind, so it is not called under a lock.
    ///
    /// The corresponding C function is `sd_journal_sendv`.
    /// - Parameter fields: Names and values, `MESSAGE` and `PRIORITY` (0–7) among them. Names become valid ones, as ``fieldName(_:)``
    ///   does it; values may hold anything.
    /// - Returns: Whether the journal took it or there is none; false asks for another way to log.
    @discardableResult
    public static func send(_ fields: [(name: String, value: String)]) -> Bool {
        // One run of bytes for all fields: their addresses hold while it is lent.
        var bytes: [UInt8] = []
        let lengths = fields.map { field in
            let line = "\(fieldName(field.name))=\(field.value)".utf8
            bytes.append(contentsOf: line)
            return line.count
        }
        return bytes.withUnsafeMutableBytes { bytes in
            var offset = 0
            let vectors = lengths.map { length in
                defer { offset += length }
                return iovec(iov_base: bytes.baseAddress.map { $0 + offset }, iov_len: length)
            }
            return sd_journal_sendv(vectors, Int32(vectors.count)) >= 0
        }
    }

    /// The nearest name that the journal takes: upper-case letters, digits and underscores, a letter first, 64 at most. It drops
    /// others without a word, and a leading underscore is kept for its own.
    /// - Parameter name: Any name, such as `job.kind`.
    /// - Returns: A valid one, such as `JOB_KIND`.
    public static func fieldName(_ name: String) -> String {
        let letters = name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - 32
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: UInt8(ascii: "_")
            }
        }
        let isLetterFirst = letters.first.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") } ?? false
        return String(decoding: ((isLetterFirst ? [] : Array("F_".utf8)) + letters).prefix(64), as: UTF8.self)
    }
}
