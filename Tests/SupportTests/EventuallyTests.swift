import TestSupport
import Testing

@Suite struct EventuallyTests {
    @Test func `it looks until the condition holds`() async throws {
        var looks = 0
        try await eventually {
            looks += 1
            return looks == 3
        }
        #expect(looks == 3)
    }

    @Test func `it hands out the value it waited for`() async throws {
        var looks = 0
        let value = try await eventually { () -> Int? in
            looks += 1
            return looks == 2 ? 42 : nil
        }
        #expect(value == 42)
    }

    @Test func `it gives up in time and says on what`() async throws {
        let failure = await #expect(throws: NeverHappened.self) {
            try await eventually(within: .milliseconds(30), "the impossible") { false }
        }
        #expect(failure?.description.hasPrefix("the impossible did not come about") == true)
    }

    @Test func `an error of the condition ends the wait`() async throws {
        struct Broken: Error {}
        await #expect(throws: Broken.self) { try await eventually { throw Broken() } }
    }
}
