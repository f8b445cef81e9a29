internal import HTTPClient
internal import Primitives
internal import Runtime

/// The ping address of one check (healthchecks.io, or a server of that kind). Who knows it can ping, so it is a secret.
public struct HealthchecksURL: Sendable, Equatable {
    private let base: Secret

    /// Reads an http(s) address without query; nil for anything else.
    public init?(_ text: String) {
        guard let address = WebAddress(text), address.user == nil, !address.path.isEmpty else { return nil }
        base = Secret("\(address.scheme)://\(address.host)\(address.path)")
    }

    /// - Parameter signal: `/start`, an exit code as `/69`, or nothing for success.
    func ping(_ signal: String, run: String?) -> String {
        base.reveal() + signal + (run.map { "?rid=\($0)" } ?? "")
    }
}

/// Pings for one check. None waits, none fails a run.
final class Healthchecks: Sendable {
    private let url: HealthchecksURL
    private let outlet: Outlet
    private let timeout: Duration

    init(_ url: HealthchecksURL, over client: HTTPClient, timeout: Duration) {
        self.url = url
        self.timeout = timeout
        outlet = Outlet(client)
    }

    func start(run: String) { post("/start", run: run, counts: []) }

    /// Success, or the exit code. A run that was stopped half-way says nothing: the next one goes on, and where none does the
    /// check notices by itself.
    func end(run: String?, exit: ExitCode, counts: [(String, Int)]) {
        if exit == .temporary { return }
        post(exit == .ok ? "" : "/\(exit.rawValue)", run: run, counts: counts)
    }

    func flush(by deadline: ContinuousClock.Instant) async { await outlet.flush(by: deadline) }

    private func post(_ signal: String, run: String?, counts: [(String, Int)]) {
        let body = counts.filter { $0.1 != 0 }.prefix(100).map { "\($0.0) \($0.1)\n" }.joined()
        outlet.post(
            HTTPRequest(
                .post, url: url.ping(signal, run: run), headers: ["Content-Type": "text/plain; charset=utf-8"],
                body: Array(body.utf8.prefix(8192)), timeout: timeout, connectTimeout: timeout, maxResponseBytes: 64 << 10))
    }
}
