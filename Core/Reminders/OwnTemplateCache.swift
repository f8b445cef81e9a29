import Content
private import Synchronization

/// Parsed templates of organisations, kept from one batch to the next.
final class OwnTemplateCache: Sendable {
    /// Which message's, in which language.
    struct Key: Hashable, Sendable {
        let tenantID: String
        let name: String
        let language: Language
    }

    private struct Entry {
        /// Changes with every change of the organisation's templates for the message.
        let version: String
        let templates: OwnTemplates
    }

    /// A set takes up to a megabyte; an organisation has at most fourteen.
    private static let limit = 256

    private let entries = Mutex<[Key: Entry]>([:])

    /// The templates of a version, parsed by `make` if they are not at hand.
    func templates<Failure: Error>(
        _ key: Key, version: String, make: () throws(Failure) -> OwnTemplates
    ) throws(Failure) -> OwnTemplates {
        if let known = entries.withLock({ $0[key] }), known.version == version { return known.templates }
        // Two threads may both parse; neither waits for the other.
        let templates = try make()
        entries.withLock { entries in
            if entries.count >= Self.limit { entries.removeAll() }
            entries[key] = Entry(version: version, templates: templates)
        }
        return templates
    }
}
