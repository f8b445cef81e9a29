private import CMicroHTTPD
private import Glibc

/// An answer in libmicrohttpd's form.
///
/// The corresponding C type is `struct MHD_Response`; it counts references, and this is one of them.
struct ResponseHandle: ~Copyable {
    private let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        MHD_destroy_response(pointer)
    }

    /// Copies an answer; nil when memory has run out or a header is malformed.
    ///
    /// - Parameter closing: Whether the connection ends with it.
    static func copy(_ response: HTTPServerResponse, closing: Bool) -> ResponseHandle? {
        let made =
            switch response.delivery {
            case .truncated(let count): ResponseHandle.truncated(response.body, after: count)
            case .dripped(let interval): ResponseHandle.dripped(response.body, every: interval)
            default:
                response.body.withUnsafeBytes { bytes in
                    MHD_create_response_from_buffer(
                        bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
                }
            }
        guard let made else { return nil }
        let handle = ResponseHandle(adopting: made)
        for field in response.headers where MHD_add_response_header(made, field.name, field.value) != .YES { return nil }
        if closing, MHD_add_response_header(made, "Connection", "close") != .YES { return nil }
        return handle
    }

    /// Hands the answer to a connection; false when it cannot take one any more.
    func queue(_ connection: OpaquePointer, status: Int) -> Bool {
        MHD_queue_response(connection, UInt32(clamping: status), pointer) == .YES
    }

    private final class Fragment {
        let bytes: [UInt8]
        let pause: UInt32
        init(_ bytes: [UInt8], pause: UInt32 = 0) {
            self.bytes = bytes
            self.pause = pause
        }
    }

    /// Sends a byte, sleeps, and sends the next.
    private static func dripped(_ body: [UInt8], every interval: Duration) -> OpaquePointer? {
        let (seconds, attoseconds) = interval.components
        let microseconds = UInt32(clamping: min(seconds, 10) * 1_000_000 + attoseconds / 1_000_000_000_000)
        let fragment = Unmanaged.passRetained(Fragment(body, pause: microseconds))
        return MHD_create_response_from_callback(
            UInt64(body.count), 1,
            { fragment, position, buffer, room in
                guard let fragment, let buffer, room > 0 else { return relance_mhd_break_off() }
                let drip = Unmanaged<Fragment>.fromOpaque(fragment).takeUnretainedValue()
                guard position < drip.bytes.count else { return relance_mhd_break_off() }
                usleep(drip.pause)
                buffer[0] = CChar(bitPattern: drip.bytes[Int(position)])
                return 1
            },
            fragment.toOpaque(),
            { fragment in
                guard let fragment else { return }
                Unmanaged<Fragment>.fromOpaque(fragment).release()
            })
    }

    /// Announces the whole length and breaks off on the way.
    private static func truncated(_ body: [UInt8], after count: Int) -> OpaquePointer? {
        let fragment = Unmanaged.passRetained(Fragment(Array(body.prefix(count))))
        return MHD_create_response_from_callback(
            UInt64(max(body.count, count + 1)), 4096,
            { fragment, position, buffer, room in
                guard let fragment, let buffer else { return relance_mhd_break_off() }
                let bytes = Unmanaged<Fragment>.fromOpaque(fragment).takeUnretainedValue().bytes
                let piece = bytes.dropFirst(Int(position)).prefix(room)
                guard !piece.isEmpty else { return relance_mhd_break_off() }
                UnsafeMutableRawBufferPointer(start: buffer, count: room).copyBytes(from: piece)
                return piece.count
            },
            fragment.toOpaque(),
            { fragment in
                guard let fragment else { return }
                Unmanaged<Fragment>.fromOpaque(fragment).release()
            })
    }
}
