import Postgres
import Runtime

/// What the commands about suppressions share.
enum SuppressionFlags {
    static let channels = ["email", "sms", "whatsapp"]
    static let scopes = ["marketing", "all"]
    static let channel = Flag("--channel", "CHANNEL", channels.joined(separator: ", "))
    static let scope = Flag("--scope", "SCOPE", "marketing, or all messages")
    static let tenant = Flag("--tenant", "ID", "the organisation (needed)")

    /// The address that the command line names, with its channel and organisation.
    static func subject(
        _ arguments: Arguments, over connection: PostgresConnection
    ) async throws -> (tenant: String, channel: String, address: HashedAddress, typed: String) {
        let tenant = try arguments.required(tenant)
        let channel = try arguments.requiredChoice(channel, of: channels)
        let typed = try HashedAddress.typed(arguments)
        let region = try await Tenant.region(tenant, over: connection)
        return (tenant, channel, try await HashedAddress.make(typed, channel: channel, region: region, over: connection), typed)
    }
}
