private import Foundation

/// What a process writes: a file that has no name any more. A pipe would fill up and stop the process when nobody reads.
final class CapturedOutput: Sendable {
    /// For the process to write to.
    let descriptor: Int32

    init() throws {
        var template = Array("/tmp/relance-output.XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw POSIXFailure("mkstemp") }
        unlink(template)
        // The process inherits the position with the descriptor; appending keeps a second writer from overwriting.
        _ = fcntl(descriptor, F_SETFL, O_APPEND)
    }

    deinit { close(descriptor) }

    /// All that was written until now.
    var text: String {
        var bytes: [UInt8] = []
        withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
            while case let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(bytes.count)), count > 0 {
                bytes.append(contentsOf: buffer.prefix(count))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A system call failed.
public struct POSIXFailure: Error, CustomStringConvertible {
    private let call: String
    private let code: Int32

    init(_ call: String, code: Int32 = errno) {
        self.call = call
        self.code = code
    }

    /// The call and the system's reason.
    public var description: String { "\(call): \(String(cString: strerror(code)))" }
}
