// swift-tools-version: 6.2
// One target per room; an arrow only ever points downwards. No outside packages (see docs/architecture.md).
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A library of Debian's, seen through a header of static-inline shims.
func system(_ name: String, pkgConfig: String? = nil) -> Target {
    .systemLibrary(name: name, path: "Core/CLibraries/\(name)", pkgConfig: pkgConfig)
}

/// A C++ library of Debian's, behind a C header of our own.
func bridged(_ name: String, links libraries: [String]) -> Target {
    .target(
        name: name,
        path: "Core/CLibraries/\(name)",
        cxxSettings: [.unsafeFlags(["-std=c++17", "-Wno-deprecated-declarations"])],
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// A room of the core library.
func room(_ name: String, imports: [String] = [], embeds: [String] = []) -> Target {
    .target(
        name: name,
        dependencies: imports.map { .init(stringLiteral: $0) },
        path: "Core/\(name)",
        resources: embeds.map { .embedInCode($0) },
        swiftSettings: strict)
}

/// A program of the fleet, or one that the tests run.
func program(_ name: String, path: String, imports: [String], embeds: [String] = []) -> Target {
    .executableTarget(
        name: name,
        dependencies: imports.map { .init(stringLiteral: $0) },
        path: path,
        resources: embeds.map { .embedInCode($0) },
        swiftSettings: strict)
}

func tests(_ name: String, imports: [String], programs: [String] = []) -> Target {
    .testTarget(
        name: name,
        dependencies: (imports + programs).map { .init(stringLiteral: $0) },
        path: "Tests/\(name)",
        swiftSettings: strict)
}

let package = Package(
    name: "relance",
    products: [
        .executable(name: "reminder-sender", targets: ["reminder-sender"]),
        .executable(name: "alert-generator", targets: ["alert-generator"]),
        .executable(name: "no-show-detector", targets: ["no-show-detector"]),
        .executable(name: "abandon-recovery", targets: ["abandon-recovery"]),
        .executable(name: "ingest", targets: ["ingest"]),
        .executable(name: "relance", targets: ["relance"]),
    ],
    dependencies: [],
    targets: [
        // C libraries. Only the wrapper that stands under each one below imports it.
        system("CPostgres", pkgConfig: "libpq"),
        system("CHiredis"),  // hiredis.pc carries a flag that SwiftPM refuses
        system("CCurl", pkgConfig: "libcurl"),
        system("COpenSSL", pkgConfig: "libcrypto"),
        system("CMicroHTTPD", pkgConfig: "libmicrohttpd"),
        system("CICal", pkgConfig: "libical"),
        system("CSystemd", pkgConfig: "libsystemd"),
        bridged("CPhoneNumber", links: ["phonenumber"]),
        bridged("CTemplates", links: ["ctemplate"]),

        // Thin wrappers: one library each, nothing about the domain.
        room("Primitives"),
        room("Postgres", imports: ["CPostgres", "Primitives"]),
        room("Redis", imports: ["CHiredis", "Primitives"]),
        room("HTTPClient", imports: ["CCurl"]),
        room("HTTPServer", imports: ["CMicroHTTPD"]),
        room("Crypto", imports: ["COpenSSL"]),
        room("Calendars", imports: ["CICal"]),
        room("PhoneNumbers", imports: ["CPhoneNumber"]),
        room("Templates", imports: ["CTemplates"]),
        room("Systemd", imports: ["CSystemd"]),

        // The engine.
        room("Runtime", imports: ["Systemd", "Primitives"]),
        room("Schema", imports: ["Postgres", "Primitives"], embeds: ["Migrations"]),
        room("Queue", imports: ["Postgres", "Primitives", "Runtime", "Schema"], embeds: ["SQL"]),
        room("Coordination", imports: ["Postgres", "Primitives", "Redis", "Runtime", "Schema"], embeds: ["SQL"]),

        // Messages: what they say, who carries them, and the ledger that makes each go out once.
        room("Content", imports: ["Templates", "Calendars"], embeds: ["Mail", "Pages", "Letters", "NoShows"]),
        room("Providers", imports: ["HTTPClient", "Primitives", "Crypto"]),
        room("Webhooks", imports: ["Crypto", "Primitives", "Providers"]),
        room(
            "Messaging",
            imports: [
                "Postgres", "Primitives", "Schema", "Queue", "Runtime", "Content", "Providers", "HTTPClient", "PhoneNumbers",
                "Crypto",
            ],
            embeds: ["SQL"]),

        // Domain areas.
        room(
            "Reminders",
            imports: [
                "Postgres", "Primitives", "Schema", "Queue", "Coordination", "Runtime", "Content", "Crypto", "Messaging",
                "Providers",
            ],
            embeds: ["SQL"]),

        room(
            "AlertMessages", imports: ["Content", "Crypto", "Messaging", "Postgres"], embeds: ["SQL"]),
        room("LeadAlerts", imports: ["Postgres", "Primitives", "Runtime", "Schema"], embeds: ["SQL"]),
        room(
            "NoShows",
            imports: [
                "Postgres", "Primitives", "Schema", "Queue", "Coordination", "Runtime", "Content", "Crypto", "HTTPClient",
                "Messaging", "Providers",
            ],
            embeds: ["SQL"]),

        room(
            "Recoveries",
            imports: ["Postgres", "Primitives", "Schema", "Coordination", "Runtime", "Content", "Crypto", "Messaging"],
            embeds: ["SQL"]),

        // The HTTP API: declarations and what is derived from them; then what the requests do.
        room("API", imports: ["HTTPServer"]),
        room(
            "Ingest",
            imports: [
                "API", "HTTPServer", "Postgres", "Primitives", "Redis", "Runtime", "Schema", "Crypto", "Queue", "Providers",
                "Webhooks", "Messaging", "Calendars", "Content", "Coordination", "Reminders", "PhoneNumbers", "Monitoring",
            ], embeds: ["SQL"]),

        // Who watches from outside.
        room("Monitoring", imports: ["HTTPClient", "Primitives", "Runtime"]),

        // What every worker is hung into: one run from configuration to exit code.
        room(
            "Fleet",
            imports: [
                "Postgres", "Primitives", "Redis", "Systemd", "Runtime", "Schema", "Queue", "Coordination", "Monitoring",
            ]),

        // Workers: never import each other.
        program(
            "reminder-sender", path: "Workers/reminder-sender",
            imports: [
                "AlertMessages", "Fleet", "Reminders", "NoShows", "Recoveries", "Messaging", "Providers", "Content",
                "Coordination",
                "Crypto", "HTTPClient", "Queue", "Schema",
                "Postgres", "Primitives",
                "Runtime",
            ]),
        program(
            "alert-generator", path: "Workers/alert-generator",
            imports: ["Fleet", "LeadAlerts", "Coordination", "Primitives", "Queue", "Runtime", "Schema"]),
        program(
            "no-show-detector", path: "Workers/no-show-detector",
            imports: ["Fleet", "NoShows", "Coordination", "Primitives", "Queue", "Runtime", "Schema"]),
        program(
            "abandon-recovery", path: "Workers/abandon-recovery",
            imports: ["Fleet", "Recoveries", "Messaging", "Coordination", "Queue", "Schema", "Postgres", "Primitives", "Runtime"]),
        program(
            "ingest", path: "Workers/ingest",
            imports: [
                "Fleet", "Ingest", "API", "HTTPServer", "Crypto", "Messaging", "Monitoring", "Postgres", "Primitives", "Redis",
                "Reminders", "Runtime", "Systemd", "Webhooks",
            ]),
        program(
            "relance", path: "Workers/relance",
            imports: [
                "Fleet", "Ingest", "Messaging", "Queue", "Coordination", "Schema", "Postgres", "Primitives", "Redis", "Runtime",
                "PhoneNumbers", "Reminders", "Content", "Providers", "LeadAlerts",
            ],
            embeds: ["SQL"]),

        // Test support. The simulator is a program of its own: tests, the demo and the bench run it as a process.
        program("provider-simulator", path: "Tests/ProviderSimulator", imports: ["HTTPServer"]),
        .target(
            name: "TestSupport", dependencies: ["Postgres", "Redis", "Schema", "HTTPClient"], path: "Tests/Support",
            swiftSettings: strict),

        // Measurements: Scripts/bench builds and runs them.
        .executableTarget(name: "stopwatch", path: "Tests/Bench/Stopwatch", swiftSettings: strict),
        .executableTarget(
            name: "bench",
            dependencies: [
                "TestSupport", "Reminders", "Queue", "Schema", "Postgres", "Redis", "Runtime", "Primitives", "stopwatch",
                "Ingest", "abandon-recovery", "alert-generator", "no-show-detector", "reminder-sender", "ingest",
                "provider-simulator",
            ],
            path: "Tests/Bench", exclude: ["Stopwatch", "Peers"], swiftSettings: strict),

        tests("PrimitivesTests", imports: ["Primitives"]),
        tests("PostgresTests", imports: ["Postgres", "Primitives", "TestSupport"]),
        tests("RedisTests", imports: ["Redis", "TestSupport"]),
        tests("APITests", imports: ["API", "HTTPServer", "HTTPClient", "TestSupport"]),
        tests(
            "IngestTests",
            imports: [
                "Ingest", "API", "HTTPServer", "HTTPClient", "Crypto", "Messaging", "Postgres", "Primitives", "Redis", "Runtime",
                "TestSupport", "Webhooks",
            ],
            programs: ["ingest", "relance", "reminder-sender"]),
        tests("HTTPTests", imports: ["HTTPClient", "HTTPServer", "TestSupport"]),
        tests("CryptoTests", imports: ["Crypto"]),
        tests("ContentTests", imports: ["Content", "Templates", "Calendars", "PhoneNumbers", "TestSupport"]),
        tests(
            "ProvidersTests", imports: ["Primitives", "Providers", "HTTPClient", "HTTPServer", "TestSupport"],
            programs: ["provider-simulator"]),
        tests("SystemdTests", imports: ["Systemd", "TestSupport"]),
        tests("SupportTests", imports: ["TestSupport"]),
        tests("RuntimeTests", imports: ["Runtime", "Primitives", "Systemd", "TestSupport"]),
        tests("SchemaTests", imports: ["Schema", "Postgres", "Primitives", "TestSupport"]),
        tests("QueueTests", imports: ["Queue", "Postgres", "Primitives", "Runtime", "Schema", "TestSupport"]),
        tests(
            "CoordinationTests", imports: ["Coordination", "Postgres", "Primitives", "Redis", "Runtime", "Schema", "TestSupport"]),
        tests(
            "MessagingTests",
            imports: [
                "Crypto",
                "Messaging", "Content", "Providers", "HTTPClient", "Queue", "Schema", "Postgres", "Primitives", "Runtime",
                "TestSupport",
            ], programs: ["provider-simulator"]),
        tests(
            "RemindersTests",
            imports: [
                "Reminders", "Coordination", "Messaging", "Content", "Crypto", "Providers", "Queue", "Schema", "Postgres",
                "Primitives", "Runtime", "TestSupport",
            ]),
        tests(
            "LeadAlertsTests", imports: ["LeadAlerts", "Postgres", "Primitives", "Runtime", "Schema", "TestSupport"]),
        tests(
            "NoShowsTests",
            imports: [
                "NoShows", "Coordination", "Messaging", "Content", "Crypto", "HTTPClient", "Providers", "Queue", "Schema",
                "Postgres", "Primitives", "Runtime", "TestSupport",
            ], programs: ["provider-simulator"]),
        tests(
            "RecoveriesTests",
            imports: [
                "Recoveries", "Coordination", "Messaging", "Content", "Crypto", "Providers", "Queue", "Schema", "Postgres",
                "Primitives", "Runtime", "TestSupport",
            ]),
        tests("WebhooksTests", imports: ["Webhooks", "Crypto", "Primitives", "Providers", "TestSupport"]),
        tests("MonitoringTests", imports: ["Monitoring", "HTTPClient", "HTTPServer", "Primitives", "Runtime", "TestSupport"]),
        tests(
            "FleetTests",
            imports: [
                "Postgres", "Redis", "HTTPClient", "HTTPServer", "Messaging", "Primitives", "Providers", "Queue", "TestSupport",
            ],
            programs: [
                "reminder-sender", "alert-generator", "no-show-detector", "abandon-recovery", "relance", "provider-simulator",
            ]),
    ],
    swiftLanguageModes: [.v6]
)
