public import HTTPServer

/// Decides who may pass.
public protocol Gate: Sendable {
    /// Lets a request pass.
    ///
    /// - Throws: 400, 401, 403, 429 or 503 for one that may not.
    func admit(_ request: HTTPServerRequest, to access: Access) async throws(Problem) -> Admission

    /// What a browser is told that asks before it calls (CORS): the headers that permit it, none where it is not permitted.
    func preflight(_ request: HTTPServerRequest, to access: Access) -> [HTTPServerField]
}

/// A request that may pass.
public struct Admission: Sendable {
    /// Who calls.
    public let caller: Caller
    /// Headers of whatever the answer will be.
    public let headers: [HTTPServerField]

    /// An admission.
    public init(_ caller: Caller, headers: [HTTPServerField] = []) {
        self.caller = caller
        self.headers = headers
    }
}

/// Sees every request that was answered.
public protocol Observer: Sendable {
    /// A request has its answer.
    ///
    /// - Parameters:
    ///   - route: the declared path, or `unmatched`: a bounded set.
    ///   - status: the answer's.
    func served(method: String, route: String, status: Int, in time: Duration, requestID: String)

    /// Something of ours failed for a request, which is answered with 500.
    func failed(route: String, error: any Error, requestID: String)
}
