import Content
import Postgres

/// An organisation's own templates in the database.
struct TemplateStore: Sendable {
    let connection: PostgresConnection
    let tenantID: String

    init(_ connection: PostgresConnection, tenantID: String) {
        self.connection = connection
        self.tenantID = tenantID
    }

    /// The organisation's language.
    ///
    /// - Throws: `CommandError` when there is no such organisation.
    func language() async throws -> Language {
        let locales = try await connection.query(.readOrganizationLocale, [.text(tenantID)]) { row throws(PostgresError) in
            try row.text("locale")
        }
        guard let locale = locales.first else {
            throw CommandError(
                "there is no organisation \(tenantID). `relance import organizations FILE.csv` adds organisations; `relance status` names those there are."
            )
        }
        return Language(locale: locale)
    }

    /// The source of one; nil where the built-in template is used.
    func source(_ template: AppointmentTemplate, _ language: Language, _ form: MessageForm) async throws -> String? {
        let values: [PostgresValue] = [
            .text(tenantID), .text(template.rawValue), .text(language.rawValue), .text(form.rawValue),
        ]
        return try await connection.query(.readTemplate, values) { row throws(PostgresError) in try row.text("source") }.first
    }
}

extension SQLStatement {
    fileprivate static let readOrganizationLocale = SQLStatement(embedded: PackageResources.read_organization_locale_sql)
    fileprivate static let readTemplate = SQLStatement(embedded: PackageResources.read_template_sql)
}
