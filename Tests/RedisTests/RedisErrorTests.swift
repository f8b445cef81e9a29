import Redis
import Testing

@Suite struct RedisErrorTests {
    private static let errors: [(RedisError, String, Bool)] = [
        (.unreachable(.host("cache", port: 6379), reason: "Connection refused"), "unreachable", true),
        (.timeout(.connect), "timeout", true),
        (.timeout(.command), "timeout", true),
        (.disconnected("Broken pipe"), "disconnected", true),
        (.server(code: "NOAUTH"), "denied", false),
        (.server(code: "WRONGPASS"), "denied", false),
        (.server(code: "NOPERM"), "denied", false),
        (.server(code: "LOADING"), "server", true),
        (.server(code: "READONLY"), "server", true),
        (.server(code: "OOM"), "server", true),
        (.server(code: "WRONGTYPE"), "server", false),
        (.server(code: "ERR"), "server", false),
        (.noPrimary, "no_primary", true),
        (.unexpectedReply, "unexpected_reply", false),
    ]

    @Test(arguments: errors)
    func `an error has a bounded label and says whether it passes`(_ error: RedisError, _ label: String, _ isTransient: Bool) {
        #expect(error.label == label)
        #expect(error.isTransient == isTransient)
        #expect(!error.description.isEmpty)
    }
}
