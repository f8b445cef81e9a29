public import Postgres

/// One numbered step of the schema, with its way back.
public struct Migration: Sendable {
    /// Position, from 1 without gaps.
    public let version: Int
    /// Words after the number in the file's name.
    public let name: String
    /// Script that applies it.
    public let up: SQLStatement
    /// Script that takes it back.
    public let down: SQLStatement

    private init(_ version: Int, _ name: String, up: [UInt8], down: [UInt8]) {
        self.version = version
        self.name = name
        self.up = SQLStatement(unsafe: String(decoding: up, as: UTF8.self), name: "migration \(version) up")
        self.down = SQLStatement(unsafe: String(decoding: down, as: UTF8.self), name: "migration \(version) down")
    }

    /// Every migration, in order. SwiftPM generates one member a file and no list; a test compares this with the folder.
    public static let all: [Migration] = [
        Migration(1, "engine", up: PackageResources.V0001_engine_up_sql, down: PackageResources.V0001_engine_down_sql),
        Migration(2, "business", up: PackageResources.V0002_business_up_sql, down: PackageResources.V0002_business_down_sql),
        Migration(3, "messaging", up: PackageResources.V0003_messaging_up_sql, down: PackageResources.V0003_messaging_down_sql),
        Migration(4, "reminders", up: PackageResources.V0004_reminders_up_sql, down: PackageResources.V0004_reminders_down_sql),
        Migration(5, "roles", up: PackageResources.V0005_roles_up_sql, down: PackageResources.V0005_roles_down_sql),
        Migration(
            6, "sending_policy", up: PackageResources.V0006_sending_policy_up_sql,
            down: PackageResources.V0006_sending_policy_down_sql),
        Migration(7, "templates", up: PackageResources.V0007_templates_up_sql, down: PackageResources.V0007_templates_down_sql),
        Migration(8, "ingest", up: PackageResources.V0008_ingest_up_sql, down: PackageResources.V0008_ingest_down_sql),
        Migration(
            9, "scheduling", up: PackageResources.V0009_scheduling_up_sql, down: PackageResources.V0009_scheduling_down_sql),
        Migration(10, "inbox", up: PackageResources.V0010_inbox_up_sql, down: PackageResources.V0010_inbox_down_sql),
        Migration(
            11, "lead_alerts", up: PackageResources.V0011_lead_alerts_up_sql, down: PackageResources.V0011_lead_alerts_down_sql),
        Migration(12, "no_shows", up: PackageResources.V0012_no_shows_up_sql, down: PackageResources.V0012_no_shows_down_sql),
        Migration(
            13, "recoveries", up: PackageResources.V0013_recoveries_up_sql, down: PackageResources.V0013_recoveries_down_sql),
    ]

    /// The version this build was made for.
    public static var newest: Int { all.count }
}
