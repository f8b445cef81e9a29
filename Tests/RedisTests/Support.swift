import Foundation
import Redis
import TestSupport

/// A connection to the servers of the whole run.
func sharedConnection() throws -> RedisConnection {
    RedisConnection(try RedisConfiguration(url: TestServers.redisURL, commandTimeout: .seconds(10)))
}

/// A name that no other test uses.
func uniqueName() -> String { "test:\(UUID().uuidString)" }

/// Like `#expect(throws:)` for an async call, and hands the error on.
func error(of body: () async throws(RedisError) -> Void) async -> RedisError? {
    do throws(RedisError) {
        try await body()
        return nil
    } catch {
        return error
    }
}
