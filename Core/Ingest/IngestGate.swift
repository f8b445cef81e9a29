internal import API
internal import HTTPServer

/// Who may pass: credentials (D-47), the tenant (D-43), limits (D-44).
struct IngestGate: Gate {
    let keys: KeyRing
    let tokens: UserTokens
    let limiter: RateLimiter
    let proxies: Proxies
    /// Where our own dashboards are served from; browsers there may call every route.
    let frontendOrigin: String?

    private static let perUser = 100
    private static let perAddress = 60
    private static let perServerKey = 60_000
    private static let perProvider = 60_000

    func admit(_ request: HTTPServerRequest, to access: Access) async throws(Problem) -> Admission {
        switch access {
        case .probe: return Admission(.nobody)
        case .open:
            let headers = try await pass(stranger(request))
            return Admission(.nobody, headers: headers)
        case .provider:
            // By address too: whoever floods a provider's route spends nobody's tokens but his own.
            let name = "provider:\(request.path):" + proxies.client(of: request)
            return Admission(.nobody, headers: try await pass(RateLimiter.Bucket(name: name, perMinute: Self.perProvider)))
        case .scope(let scope): return try await admit(request, to: scope)
        }
    }

    private func admit(_ request: HTTPServerRequest, to scope: Scope) async throws(Problem) -> Admission {
        guard let (caller, bucket, origins) = try await identify(request, for: scope) else {
            // Guessing is limited like any other call without a name.
            let headers = try await pass(stranger(request))
            throw Problem(
                401, "unauthorized", "A valid key or token is needed: Authorization: Bearer …",
                headers: [HTTPServerField("WWW-Authenticate", "Bearer")] + headers)
        }
        let headers = try await pass(bucket) + cors(request, allowing: origins)
        try requireTenant(request, of: caller, headers)
        guard caller.scopes.contains(scope) || (scope == .public && caller.scopes.contains(.ingest)) else {
            throw Problem(403, "forbidden", "This needs the scope \(scope.rawValue).", headers: headers)
        }
        return Admission(caller, headers: headers)
    }

    private func stranger(_ request: HTTPServerRequest) -> RateLimiter.Bucket {
        RateLimiter.Bucket(name: "address:" + proxies.client(of: request), perMinute: Self.perAddress)
    }

    /// Who calls, whose limit counts, and the web origins they may call from (nil: any of ours).
    private func identify(
        _ request: HTTPServerRequest, for scope: Scope
    ) async throws(Problem) -> (Caller, RateLimiter.Bucket, [String]?)? {
        guard let credential = Self.credential(request) ?? (scope == .public ? Self.pageKey(request) : nil) else { return nil }
        if let key = APIKey(credential) {
            guard let entry = try await keys.find(key) else { return nil }
            let caller = Caller(tenantID: entry.tenantID, name: "key:" + entry.id, scopes: entry.scopes)
            switch entry.kind {
            case .server:
                return (caller, .init(name: "key:" + entry.id, perMinute: entry.perMinute ?? Self.perServerKey), nil)
            case .publishable:
                let name = "page:" + entry.id + ":" + proxies.client(of: request)
                return (caller, .init(name: name, perMinute: entry.perMinute ?? Self.perUser), entry.origins)
            }
        }
        guard let user = tokens.verify(credential) else { return nil }
        return (user, .init(name: "\(user.name):\(user.tenantID)", perMinute: Self.perUser), nil)
    }

    private static func credential(_ request: HTTPServerRequest) -> String? {
        guard let header = request.header("Authorization"), header.utf8.count > 7,
            header.prefix(7).lowercased() == "bearer "
        else { return nil }
        return String(header.dropFirst(7).drop { $0 == " " })
    }

    /// The publishable key in a page's address: navigator.sendBeacon, the one way to send from a page that is being left, can set no
    /// header. Secret keys and tokens have no place in an address.
    private static func pageKey(_ request: HTTPServerRequest) -> String? {
        guard !request.query.isEmpty, request.header("Authorization") == nil else { return nil }
        let text = FormDecoding.pairs(request.query.utf8)?.first { $0.name == "key" }?.value
        return text.flatMap { APIKey($0)?.kind == .publishable ? $0 : nil }
    }

    private func requireTenant(
        _ request: HTTPServerRequest, of caller: Caller, _ headers: [HTTPServerField]
    ) throws(Problem) {
        // Where no header can be set, the key itself names it.
        guard let tenant = request.header("X-Tenant") ?? (Self.credential(request) == nil ? caller.tenantID : nil),
            !tenant.isEmpty
        else {
            throw Problem(
                400, "missing_tenant", "X-Tenant names the organisation that a request is for.",
                faults: [(.header, Fault(Pointer(["X-Tenant"]), "is missing"))], headers: headers)
        }
        guard tenant == caller.tenantID else {
            throw Problem(403, "wrong_tenant", "This credential belongs to another organisation.", headers: headers)
        }
    }

    /// Counts the request.
    ///
    /// - Returns: what the caller is told of its limit.
    private func pass(_ bucket: RateLimiter.Bucket) async throws(Problem) -> [HTTPServerField] {
        let verdict = await limiter.take(bucket)
        let headers = [
            HTTPServerField("RateLimit-Limit", String(bucket.perMinute)),
            HTTPServerField("RateLimit-Remaining", String(verdict.remaining)),
            HTTPServerField("RateLimit-Reset", String(verdict.wait)),
        ]
        guard verdict.isAllowed else {
            throw Problem(
                429, "too_many_requests", "The limit is \(bucket.perMinute) requests a minute.",
                headers: headers + [HTTPServerField("Retry-After", String(verdict.wait))])
        }
        return headers
    }

    // MARK: Browsers

    /// - Parameter origins: those of a publishable key, which works from nowhere else; nil for credentials that are no page's.
    private func cors(_ request: HTTPServerRequest, allowing origins: [String]?) throws(Problem) -> [HTTPServerField] {
        let origin = request.header("Origin")
        if let origins {
            guard let origin, origins.contains(origin) else {
                throw Problem(403, "wrong_origin", "This key may not be used from here.")
            }
        }
        guard let origin, origins != nil || origin == frontendOrigin else { return [] }
        return [
            HTTPServerField("Access-Control-Allow-Origin", origin), HTTPServerField("Vary", "Origin"),
            HTTPServerField("Access-Control-Expose-Headers", "X-Request-Id, RateLimit-Remaining, Retry-After"),
        ]
    }

    func preflight(_ request: HTTPServerRequest, to access: Access) -> [HTTPServerField] {
        // A browser asks without credentials. Public routes answer any page; which pages a key works from is decided at the call.
        guard let origin = request.header("Origin"), access == .scope(.public) || origin == frontendOrigin else { return [] }
        return [
            HTTPServerField("Access-Control-Allow-Origin", origin), HTTPServerField("Vary", "Origin"),
            HTTPServerField("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE"),
            HTTPServerField(
                "Access-Control-Allow-Headers", "Authorization, Content-Type, X-Tenant, Idempotency-Key, X-Request-Id"),
            HTTPServerField("Access-Control-Max-Age", "600"),
        ]
    }
}
