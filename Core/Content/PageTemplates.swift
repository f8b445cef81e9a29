internal import Templates

/// The templates in `Pages/`, parsed once: a page is called `page.<name>.<language>.html`, and `page.head.html` is in each.
package struct PageTemplates: Sendable {
    /// The set, parsed at first use. A failure is one of the build, which the tests would have shown.
    static let shared = Result { () throws(TemplateError) in try PageTemplates() }

    private let templates: TemplateSet

    private init() throws(TemplateError) {
        templates = try TemplateSet(
            Self.files.map { name, bytes in
                let text = String(decoding: bytes, as: UTF8.self)
                let written = name.contains(".fr.") ? FrenchTypography.applied(to: text, isHTML: true) : text
                return TemplateSource(name: name, mode: .html, bytes: Array(written.utf8))
            })
    }

    /// The page of that name.
    static func render(_ name: String, in language: Language, _ values: TemplateValues) throws(ContentError) -> String {
        do {
            var values = values
            values.include("HEAD", template: "page.head.html")
            return try shared.get().templates.render("page.\(name).\(language.rawValue).html", values)
        } catch {
            throw .template(error)
        }
    }

    /// Every file in `Pages/` by its name: what is embedded has no list of its own, so this one is compared with the folder by a
    /// test.
    package static var files: [(name: String, bytes: [UInt8])] {
        [
            ("page.appointment.en.html", PackageResources.page_appointment_en_html),
            ("page.appointment.fr.html", PackageResources.page_appointment_fr_html),
            ("page.fault.en.html", PackageResources.page_fault_en_html),
            ("page.fault.fr.html", PackageResources.page_fault_fr_html),
            ("page.head.html", PackageResources.page_head_html),
            ("page.unsubscribe.en.html", PackageResources.page_unsubscribe_en_html),
            ("page.unsubscribe.fr.html", PackageResources.page_unsubscribe_fr_html),
        ]
    }
}
