private import CTemplates

/// Owns a set of parsed templates.
struct TemplateSetHandle: ~Copyable {
    private let pointer: OpaquePointer

    /// Parses `sources` and closes the set. The corresponding C functions are `relance_templates_add` and
    /// `relance_templates_freeze`.
    ///
    /// - Throws: `malformed` with the first bad template's name; `libraryFailed` when memory is exhausted.
    static func parse(_ sources: [TemplateSource]) throws(TemplateError) -> TemplateSetHandle {
        guard let pointer = relance_templates_create() else { throw .libraryFailed }
        let handle = TemplateSetHandle(adopting: pointer)
        for source in sources {
            let isWellFormed = source.bytes.withUnsafeBufferPointer { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    relance_templates_add(
                        pointer, source.name, source.name.utf8.count, $0.baseAddress, $0.count, source.mode == .html)
                }
            }
            guard isWellFormed else { throw .malformed(name: source.name) }
        }
        guard relance_templates_freeze(pointer) else { throw .libraryFailed }
        return handle
    }

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        relance_templates_destroy(pointer)
    }

    /// The template called `name`, filled in; nil when it or an inclusion is missing, or memory is exhausted.
    borrowing func render(_ name: String, _ dictionary: borrowing DictionaryHandle) -> String? {
        dictionary.withPointer { dictionary in
            relance_templates_render(pointer, name, name.utf8.count, dictionary).map { RenderingHandle(adopting: $0).text }
        }
    }
}
