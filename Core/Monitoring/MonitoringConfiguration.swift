private import Primitives
public import Runtime

/// Who watches the programs from outside; nobody unless told.
public struct MonitoringConfiguration: Sendable {
    /// SENTRY_DSN; nil sends nothing there.
    public let sentry: SentryDSN?
    /// SENTRY_ENVIRONMENT.
    public let environment: String
    /// HEALTHCHECKS_URL; nil pings nobody.
    public let healthchecks: HealthchecksURL?
    /// MONITOR_INTERVAL: how often a run is expected; a resident program reports as often.
    public let interval: Duration

    /// Reads it; faults are collected in `environment`, without the values, which are credentials.
    public init(_ environment: inout Environment) {
        sentry = Self.read("SENTRY_DSN", &environment, as: SentryDSN.init, "a DSN such as https://KEY@HOST/PROJECT")
        healthchecks = Self.read(
            "HEALTHCHECKS_URL", &environment, as: HealthchecksURL.init, "a ping address such as https://hc-ping.com/UUID")
        interval = environment.duration("MONITOR_INTERVAL", default: .seconds(60), in: .seconds(60) ... .seconds(86_400))
        let name = environment.text("SENTRY_ENVIRONMENT") ?? "production"
        // Sentry's own rule for names of environments.
        if name.utf8.count > 64 || name == "None" || name.contains(where: { $0.isWhitespace || $0 == "/" }) {
            environment.fault("SENTRY_ENVIRONMENT must be one word of at most 64 bytes without a slash")
        }
        self.environment = name
    }

    private static func read<Value>(
        _ key: String, _ environment: inout Environment, as value: (String) -> Value?, _ form: String
    ) -> Value? {
        guard let text = environment.secret(key)?.reveal() else { return nil }
        if let value = value(text) { return value }
        environment.fault("\(key) must be \(form)")
        return nil
    }
}
