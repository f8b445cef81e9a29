import API
import Fleet
import Glibc
import HTTPServer
import Ingest
import Monitoring
import Postgres
import Redis
import Runtime
import Systemd

/// ingest: takes what applications and providers tell, over HTTP.
///
/// Does: activities and alerts, appointments, calls and signed links, what providers report, health and metrics. Runs when:
/// always, as a service. Safe to repeat because: Idempotency-Keys and
/// compare-and-set stand in Postgres, and an answer comes after the commit (I6).
/// If it fails: what was acknowledged is committed; callers send the rest again.
@main
enum IngestMain {
    static func main() { start() }

    /// Not async: signals must be blocked on the first thread before there is a second one. Not isolated: the main thread sleeps.
    private nonisolated static func start() -> Never {
        let termination = Termination()
        termination.listen()
        Task {
            let code = await run(Array(CommandLine.arguments.dropFirst()), .ofProcess(), termination)
            fflush(nil)
            exit(code.rawValue)
        }
        while true { pause() }
    }

    private static func run(_ arguments: [String], _ environment: Environment, _ termination: Termination) async -> ExitCode {
        do {
            switch arguments {
            case []: break
            case ["--help"], ["-h"]:
                print(help)
                return .ok
            case ["--version"]:
                print("ingest \(relanceVersion)")
                return .ok
            default: throw UsageError("\(arguments[0]): ingest takes no arguments; all is in its environment")
            }
            var environment = environment
            let fleet = FleetConfiguration(&environment)
            let configuration = IngestConfiguration(&environment)
            try environment.finish()
            try await serve(fleet, configuration, termination)
            return .ok
        } catch {
            let failure = (error as? HTTPServerError).map { ($0.description, ExitCode.unavailable) }
            let (message, exit) = failure ?? { ($0.message, $0.exit) }(Failure(error))
            Log.standardError("ingest: \(message)")
            return exit
        }
    }

    private static func serve(
        _ fleet: FleetConfiguration, _ configuration: IngestConfiguration, _ termination: Termination
    ) async throws {
        let identity = ProcessIdentity()
        let log = Log(level: fleet.logLevel, format: fleet.logFormat, context: [("program", "ingest")])
        let monitor = Monitor(fleet.monitoring, program: "ingest")
        let service = try await IngestService.open(
            IngestService.Setting(
                // Whoever waits for an answer has given up long before a minute is over.
                postgres: PostgresConfiguration(
                    url: fleet.databaseURL, applicationName: "ingest \(identity.holder)", answerTimeout: .seconds(15)),
                redis: fleet.redis.map { RedisConnection($0) }, tokens: configuration.tokens, proxies: configuration.proxies,
                frontendOrigin: configuration.frontendOrigin, links: configuration.links, limits: configuration.limits,
                webhooks: configuration.webhooks, log: log, monitor: monitor, instance: String(identity.holder.suffix(8))))
        let server = try HTTPServer.start(configuration.server, decide: service.api.decide)
        Supervisor.notify(.ready)
        // Who waits in vain for a provider's posts sees here whether it is believed at all.
        let providers = configuration.webhooks.providers.joined(separator: " ")
        log.info(.serviceStarted, ["port": String(server.port), "providers": providers.isEmpty ? "none" : providers])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await service.run() }
            await watch(service, until: termination)
            Supervisor.notify(.stopping)
            // First the server, so that what it still has under way is committed; then the commits.
            await server.stop(grace: configuration.grace)
            service.close()
        }
        await monitor?.flush()
        log.info(.serviceStopped)
    }

    /// Tells the watchdog that work gets on (D-86), until the end is asked for.
    private static func watch(_ service: IngestService, until termination: Termination) async {
        let (requests, request) = AsyncStream.makeStream(of: Void.self)
        termination.onRequest { request.yield() }
        let period = min((Supervisor.watchdogTimeout ?? .seconds(20)) / 2, .seconds(10))
        let beat = Task {
            repeat { if service.isAlive { Supervisor.notify(.watchdog) } } while (try? await Task.sleep(for: period)) != nil
        }
        for await _ in requests { break }
        beat.cancel()
        await beat.value
    }

    private static let help = """
        ingest — the HTTP API that feeds the fleet

        Usage: ingest

        Everything comes from the environment; docs/configuration.md has all of it.
          DATABASE_URL       required
          REDIS_URL          limits of callers across instances; without it each counts by itself
          INGEST_LISTEN      127.0.0.1:8080 (default), [::1]:8080 or unix:/path; a socket of systemd's comes first
          JWT_SECRET, JWT_PUBLIC_KEY    whose tokens of users are taken
          TRUSTED_PROXIES    who may say X-Forwarded-For
          FRONTEND_URL       whose pages may call every route, and where leads choose a time
          API_URL            the public base that providers post to: …/webhooks/twilio/status and others
          LINK_SIGNING_KEYS  whose links are taken; the same as reminder-sender's
          ADDRESS_HASH_KEY   as the workers have it; needed with Twilio, Green API and SendGrid
          TWILIO_ACCOUNT_SID + TWILIO_AUTH_TOKEN, GREEN_API_ID_INSTANCE + GREEN_API_WEBHOOK_TOKEN,
          RESEND_WEBHOOK_SECRET, SENDGRID_WEBHOOK_PUBLIC_KEY, STRIPE_WEBHOOK_SECRET,
          LIVEKIT_API_KEY + LIVEKIT_API_SECRET
                             what providers sign with; several during a rotation, separated by commas.
                             A provider without is not served (404)

        Keys of callers: `relance keys create --help`. The API's description: GET /openapi.json.

        Exit codes: 0 stopped when asked · 64 usage · 69 a dependency is unavailable · 70 bug · 78 configuration
        """
}
