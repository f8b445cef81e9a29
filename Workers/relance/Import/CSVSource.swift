import Glibc

/// Where the bytes of a CSV file come from.
protocol CSVSource: AnyObject {
    /// Appends the next bytes.
    ///
    /// - Returns: whether there were any.
    func read(into buffer: inout [UInt8]) throws -> Bool
}

/// A file on disk, or standard input under the name `-`.
final class CSVFile: CSVSource {
    private let descriptor: Int32
    private let path: String

    /// Opens it.
    ///
    /// - Throws: `CommandError` with the system's reason.
    init(_ path: String) throws(CommandError) {
        self.path = path
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw CommandError("\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    func read(into buffer: inout [UInt8]) throws -> Bool {
        let size = 65_536
        let start = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: size))
        let (count, code) = buffer.withUnsafeMutableBytes { bytes in
            var count: Int
            repeat {
                count = Glibc.read(descriptor, bytes.baseAddress.map { $0 + start }, size)
            } while count < 0 && errno == EINTR
            return (count, errno)
        }
        buffer.removeLast(size - max(0, count))
        // A directory opens and cannot be read.
        if count < 0 { throw CommandError("\(path): \(String(cString: strerror(code)))") }
        return count > 0
    }
}
