import Redis
import Testing

@Suite struct RedisConfigurationTests {
    struct Reading: Sendable {
        let url: String
        let server: RedisConfiguration.Server
        var username: String?
        var password: String?
        var database = 0
    }

    @Test(arguments: [
        Reading(url: "redis://cache", server: .direct(.host("cache", port: 6379))),
        Reading(url: "redis://cache:6380/2", server: .direct(.host("cache", port: 6380)), database: 2),
        Reading(url: "redis://[::1]:6380/", server: .direct(.host("::1", port: 6380))),
        Reading(url: "REDIS://:s3cret@cache", server: .direct(.host("cache", port: 6379)), password: "s3cret"),
        Reading(
            url: "redis://worker:p%40ss/%C3%A9@cache/15", server: .direct(.host("cache", port: 6379)), username: "worker",
            password: "p@ss/é", database: 15),
        Reading(url: "redis+unix:///run/redis.sock?db=3", server: .direct(.path("/run/redis.sock")), database: 3),
        Reading(url: "redis+unix://:pw@/run/my%20redis.sock", server: .direct(.path("/run/my redis.sock")), password: "pw"),
        Reading(url: "unix:/run/redis.sock?", server: .direct(.path("/run/redis.sock"))),
        Reading(url: "unix:///run/redis.sock", server: .direct(.path("/run/redis.sock"))),
        Reading(
            url: "redis+sentinel://:pw@a,b:26380,[::1]/main/4",
            server: .sentinels(
                [.host("a", port: 26379), .host("b", port: 26380), .host("::1", port: 26379)], primary: "main"),
            password: "pw", database: 4),
    ])
    func `a URL says where, as whom and which database`(_ reading: Reading) throws {
        let configuration = try RedisConfiguration(url: reading.url)
        #expect(configuration.server == reading.server)
        #expect(configuration.username == reading.username)
        #expect(configuration.password == reading.password)
        #expect(configuration.database == reading.database)
    }

    private static let bad: [(String, RedisConfigurationError)] = [
        ("", .unknownScheme),
        ("cache:6379", .unknownScheme),
        ("http://cache", .unknownScheme),
        ("redis:cache", .unknownScheme),
        ("rediss://cache", .tlsUnavailable),
        ("redis://", .missingHost),
        ("redis:///1", .missingHost),
        ("redis://:6379", .missingHost),
        ("redis://[::1", .missingHost),
        ("redis://cache:", .invalidPort),
        ("redis://cache:0", .invalidPort),
        ("redis://cache:65536", .invalidPort),
        ("redis://cache:+1", .invalidPort),
        ("redis://[::1]6379", .invalidPort),
        ("redis://cache/main", .invalidDatabase),
        ("redis://cache/-1", .invalidDatabase),
        ("redis://cache/1/2", .invalidDatabase),
        ("redis+unix:///run/redis.sock?db=x", .invalidDatabase),
        ("redis+sentinel://a,b", .missingPrimary),
        ("redis+sentinel://a/", .missingPrimary),
        ("redis+sentinel://a,,b/main", .missingHost),
        ("redis+sentinel://a/main/x", .invalidDatabase),
        ("redis+unix://run/redis.sock", .invalidPath),
        ("unix:", .invalidPath),
        ("unix:/" + String(repeating: "x", count: 107), .invalidPath),
        ("redis://worker@cache", .missingPassword),
        ("redis://worker:@cache", .missingPassword),
        ("redis://:%zz@cache", .invalidEscape),
        ("redis://:%4@cache", .invalidEscape),
        ("redis://:%00@cache", .invalidEscape),
        ("redis://:%FF@cache", .invalidEscape),
        ("redis://cache?db=1", .unexpectedPart),
        ("redis://cache#1", .unexpectedPart),
        ("unix:/run/redis.sock?database=1", .unexpectedPart),
        ("unix:/run/redis.sock?db=1&x=2", .unexpectedPart),
    ]

    @Test(arguments: bad)
    func `a bad URL says what is wrong with it`(_ url: String, _ expected: RedisConfigurationError) {
        #expect(throws: expected) { try RedisConfiguration(url: url) }
    }

    @Test(arguments: [
        "redis://worker:s3cret@cache/1", "redis+sentinel://:s3cret@a,b/main", "redis+unix://:s3cret@/run/redis.sock",
    ])
    func `a configuration never prints its password`(_ url: String) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(!"\(configuration)".contains("s3cret"))
        #expect(!String(reflecting: configuration).contains("s3cret"))
        #expect("\(configuration)".contains("***"))
    }
}
