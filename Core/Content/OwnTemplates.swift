private import Synchronization
internal import Templates

/// An organisation's own templates for one message in one language, parsed once.
///
/// A form without one is written with the built-in template, and so is one whose own template fails: no message is lost or late
/// for the sake of its looks.
public final class OwnTemplates: Sendable {
    private let sets: [MessageForm: Result<TemplateSet, TemplateError>]
    private let isDocument: Bool
    private let reported = Mutex<Set<MessageForm>>([])
    private let onFailure: @Sendable (MessageForm, ContentError) -> Void

    /// - Parameters:
    ///   - sources: by form, each as `TemplateCheck` let it pass. HTML that is a whole document stands alone; any other goes into
    ///     the common layout.
    ///   - onFailure: hears of each form whose template fails, once.
    public init(
        _ sources: [MessageForm: String], language: Language, onFailure: @escaping @Sendable (MessageForm, ContentError) -> Void
    ) {
        isDocument = Self.isDocument(sources[.mailHTML] ?? "")
        self.onFailure = onFailure
        sets = Dictionary(
            uniqueKeysWithValues: sources.map { form, source in
                (form, Result { () throws(TemplateError) in try MailTemplates.parse(source, as: form, in: language) })
            })
    }

    /// Whether HTML is a whole document, with a head and styles of its own.
    static func isDocument(_ html: String) -> Bool {
        let start = html.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(9).lowercased()
        return start.hasPrefix("<!doctype") || start.hasPrefix("<html")
    }

    /// The form written with the organisation's own template; nil where there is none or it failed.
    ///
    /// - Parameter read: makes the result of the rendered text, or throws when it cannot be used.
    func use<Value>(
        _ form: MessageForm, _ values: TemplateValues, in language: Language,
        read: (String) throws(ContentError) -> Value
    ) -> Value? {
        guard let set = sets[form] else { return nil }
        do throws(ContentError) {
            let text: String
            do throws(TemplateError) {
                let layout = form == .mailHTML && isDocument ? nil : MailTemplates.layout
                text = try MailTemplates.render(
                    set.get(), MailTemplates.ownName, form, in: language, values, layout: layout)
            } catch {
                throw ContentError.template(error)
            }
            guard text.utf8.count <= MailTemplates.maximumRenderedLength else { throw ContentError.tooLong }
            return try read(text)
        } catch {
            if reported.withLock({ $0.insert(form).inserted }) { onFailure(form, error) }
            return nil
        }
    }
}
