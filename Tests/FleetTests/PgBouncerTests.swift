import TestSupport
import Testing

/// A deployment behind PgBouncer in transaction mode (D-85).
@Suite struct PgBouncerTests {
    @Test func `planning, draining and settling work behind PgBouncer with one server session`() async throws {
        let direct = try await FleetFixture.make()
        try await direct.addOrganization()
        try await direct.book(80)
        let bouncer = try await PgBouncer(before: direct.database.workerURL)
        let result = try await direct.run([], ["DATABASE_URL": bouncer.url])
        #expect(result.exit == .status(0), "\(result.errors)")
        try await expectEachSentOnce(80, by: direct)
    }
}
