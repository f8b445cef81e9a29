/// What a caller may do.
public enum Scope: String, Sendable, CaseIterable {
    /// Write: activities, appointments, events.
    case ingest
    /// Read lists.
    case read
    /// Operate: jobs, what only administrators may.
    case admin
    /// What a browser of anybody may do: submit forms, book in public.
    case `public`
}

/// Who may call a route.
public enum Access: Sendable, Equatable {
    /// Callers with this scope, for the tenant that they name.
    case scope(Scope)
    /// Anybody, within the limits of their address.
    case open
    /// Providers, who prove themselves by what they sign; within a limit of their own.
    case provider
    /// Whoever watches this program: without a limit, since a probe that is refused looks like an outage.
    case probe
}

/// Who calls.
public struct Caller: Sendable, Equatable {
    /// The tenant; empty for `nobody`.
    public let tenantID: String
    /// Who it is within the tenant, for the record: `key:…` or `user:…`.
    public let name: String
    /// What they may do.
    public let scopes: Set<Scope>

    /// A caller.
    public init(tenantID: String, name: String, scopes: Set<Scope>) {
        self.tenantID = tenantID
        self.name = name
        self.scopes = scopes
    }

    /// Whoever calls an open route.
    public static let nobody = Caller(tenantID: "", name: "nobody", scopes: [])
}
