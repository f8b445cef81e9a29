public import HTTPServer
private import Synchronization

/// Serves routes: the whole way of a request from its headers to its answer.
public final class API: Sendable {
    /// What is served.
    public let routes: [Route]
    private let router: Router
    private let gate: any Gate
    private let observer: any Observer
    private let requestIDs: RequestIDs

    /// - Parameter instance: what generated request ids begin with; tells processes apart.
    public init(_ routes: [Route], gate: any Gate, observer: any Observer, instance: String) {
        self.routes = routes
        self.gate = gate
        self.observer = observer
        router = Router(routes)
        requestIDs = RequestIDs(instance: instance)
    }

    /// Decides about a request by its headers; what `HTTPServer` asks.
    public func decide(_ head: HTTPServerRequest) -> HTTPServerDecision {
        let started = ContinuousClock.now
        let requestID = requestIDs.id(for: head)
        switch router.match(head.method, head.path) {
        case .route(let route, let parameters):
            // Made only for a body that is: the head of every request comes by here.
            let unread: @Sendable (Int) -> HTTPServerResponse = { status in
                let problem =
                    status == 413
                    ? Problem(413, "content_too_large", "The body may have \(route.limit) bytes.")
                    : .unavailable("There are too many large bodies at the moment.")
                return route.response(to: problem, of: head, requestID: requestID)
            }
            return .read(upTo: route.limit, unread: unread) {
                [self] request in
                .later { await self.serve(route, parameters, request, requestID, started) }
            }
        case .otherMethods(let routes):
            let methods = Set(routes.map(\.method))
            let allowed = Method.allCases.filter(methods.contains).map(\.rawValue) + (methods.contains(.get) ? ["HEAD"] : [])
            let allow = HTTPServerField("Allow", (allowed + ["OPTIONS"]).joined(separator: ", "))
            guard head.method == "OPTIONS" else {
                let problem = Problem(405, "method_not_allowed", "This path has other methods.", headers: [allow])
                return .answer(answered(problem, head, requestID, started, by: routes.first))
            }
            let cors = routes.first.map { gate.preflight(head, to: $0.access) } ?? []
            observer.served(method: "OPTIONS", route: "preflight", status: 204, in: .zero, requestID: requestID)
            return .answer(HTTPServerResponse(status: 204, headers: [allow] + cors))
        case .unreadable(let route):
            return .answer(answered(.notFound("path"), head, requestID, started, by: route))
        case .nothing:
            return .answer(answered(.notFound("path"), head, requestID, started))
        }
    }

    private func answered(
        _ problem: Problem, _ head: HTTPServerRequest, _ requestID: String, _ started: ContinuousClock.Instant,
        by route: Route? = nil
    ) -> HTTPServerResponse {
        let method = Method(rawValue: head.method)?.rawValue ?? "other"
        observer.served(
            method: method, route: "unmatched", status: problem.status, in: started.duration(to: .now), requestID: requestID)
        return route?.response(to: problem, of: head, requestID: requestID) ?? problem.response(requestID: requestID)
    }

    private func serve(
        _ route: Route, _ parameters: [String], _ request: HTTPServerRequest, _ requestID: String,
        _ started: ContinuousClock.Instant
    ) async -> HTTPServerResponse {
        let response = await respond(route, parameters, request, requestID)
        observer.served(
            method: route.method.rawValue, route: route.path, status: response.status, in: started.duration(to: .now),
            requestID: requestID)
        return response
    }

    private func respond(
        _ route: Route, _ parameters: [String], _ request: HTTPServerRequest, _ requestID: String
    ) async -> HTTPServerResponse {
        let admission: Admission
        do throws(Problem) {
            admission = try await gate.admit(request, to: route.access)
        } catch {
            return refused(error, by: route, request, requestID)
        }
        do {
            return try await route.perform(request, parameters, admission.caller, requestID)
                .response(requestID: requestID, headers: admission.headers)
        } catch {
            var problem = error as? Problem ?? .defect(error)
            problem.headers += admission.headers
            return refused(problem, by: route, request, requestID)
        }
    }

    private func refused(
        _ problem: Problem, by route: Route, _ request: HTTPServerRequest, _ requestID: String
    ) -> HTTPServerResponse {
        if let cause = problem.cause { observer.failed(route: route.path, error: cause, requestID: requestID) }
        return route.response(to: problem, of: request, requestID: requestID)
    }
}

/// The ids of requests: the caller's own where it is harmless, else a counted one.
private final class RequestIDs: Sendable {
    private let instance: String
    private let count = Atomic<UInt64>(0)

    init(instance: String) { self.instance = instance }

    func id(for request: HTTPServerRequest) -> String {
        if let given = request.header("X-Request-Id"), (1...64).contains(given.utf8.count),
            given.utf8.allSatisfy({ Self.isHarmless($0) })
        {
            return given
        }
        return "\(instance)-\(count.wrappingAdd(1, ordering: .relaxed).newValue)"
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }
}
