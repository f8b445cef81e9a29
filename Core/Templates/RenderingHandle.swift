private import CTemplates

/// Owns a rendered text of ctemplate's until it is copied.
struct RenderingHandle: ~Copyable {
    private let pointer: OpaquePointer

    init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        relance_rendering_destroy(pointer)
    }

    /// A copy of the text. Bytes that are no UTF-8, which only a template could bring in, are replaced.
    var text: String {
        let count = relance_rendering_length(pointer)
        guard let start = relance_rendering_bytes(pointer) else { return "" }
        return start.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }
}
