private import CTemplates

/// Owns the dictionary of one rendering, with everything below it.
struct DictionaryHandle: ~Copyable {
    private let pointer: OpaquePointer

    /// A dictionary that holds `values`. The corresponding C functions are `relance_dictionary_create` and those that fill it.
    ///
    /// - Throws: `libraryFailed` when memory is exhausted.
    static func make(_ values: TemplateValues) throws(TemplateError) -> DictionaryHandle {
        guard let pointer = relance_dictionary_create() else { throw .libraryFailed }
        let handle = DictionaryHandle(adopting: pointer)
        guard fill(pointer, with: values, isTop: true) else { throw .libraryFailed }
        return handle
    }

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        relance_dictionary_destroy(pointer)
    }

    borrowing func withPointer<Result: ~Copyable>(_ body: (OpaquePointer) -> Result) -> Result {
        body(pointer)
    }

    /// Only the top has values that reach into inclusions: ctemplate lets an included template see no other.
    private static func fill(_ dictionary: OpaquePointer, with values: TemplateValues, isTop: Bool) -> Bool {
        values.entries.allSatisfy { name, entry in
            let length = name.utf8.count
            switch entry {
            case .value(let value):
                return isTop
                    ? relance_dictionary_set_everywhere(dictionary, name, length, value, value.utf8.count)
                    : relance_dictionary_set(dictionary, name, length, value, value.utf8.count)
            case .shown:
                return isTop
                    ? relance_dictionary_show_everywhere(dictionary, name, length)
                    : relance_dictionary_add_section(dictionary, name, length) != nil
            case .section(let values):
                guard let section = relance_dictionary_add_section(dictionary, name, length) else { return false }
                return fill(section, with: values, isTop: false)
            case .inclusion(let template, let values):
                guard
                    let included = relance_dictionary_include(dictionary, name, length, template, template.utf8.count)
                else { return false }
                return fill(included, with: values, isTop: false)
            }
        }
    }
}
