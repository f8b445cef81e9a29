/// Templates parsed once and rendered any number of times, on any thread.
///
/// Rendering reads only what parsing left behind: the set is frozen before `init` returns, and each rendering has a dictionary of
/// its own.
public final class TemplateSet: Sendable {
    // The handle's pointer is never written after `init`, and ctemplate's `ExpandNoLoad` on a frozen cache is documented as const
    // and safe on several threads, so sharing it is sound.
    private nonisolated(unsafe) let handle: TemplateSetHandle
    private let names: Set<String>

    /// Parses `sources`.
    ///
    /// - Throws: `malformed` with the first bad template's name; `libraryFailed` when memory is exhausted.
    public init(_ sources: [TemplateSource]) throws(TemplateError) {
        handle = try TemplateSetHandle.parse(sources)
        names = Set(sources.map(\.name))
    }

    /// The template called `name`, filled in.
    ///
    /// A variable without a value is empty, a section not shown is hidden.
    ///
    /// - Throws: `missing` when there is no such template or inclusion; `libraryFailed` when memory is exhausted.
    public func render(_ name: String, _ values: TemplateValues) throws(TemplateError) -> String {
        guard names.contains(name) else { throw .missing(name: name) }
        let dictionary = try DictionaryHandle.make(values)
        guard let text = handle.render(name, dictionary) else { throw .missing(name: name) }
        return text
    }
}
