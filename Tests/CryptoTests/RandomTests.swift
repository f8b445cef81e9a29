import Crypto
import Foundation
import Testing

struct RandomTests {
    @Test func `random bytes come in the number asked for and differ`() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(32).count == 32)
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }

    @Test func `an identifier has the form and the time of a version 7`() throws {
        let now = Date(timeIntervalSince1970: 1_645_557_742)  // RFC 9562 appendix A.6
        let identifier = UUIDv7.make(at: now)
        #expect(identifier.hasPrefix("017f22e2-79b0-7"))
        #expect(try #require(UUID(uuidString: identifier)).uuidString.lowercased() == identifier)
        #expect("89ab".contains(Array(identifier)[19]))
    }

    @Test func `identifiers sort by the time they were made`() {
        let identifiers = (0..<100).map { UUIDv7.make(at: Date(timeIntervalSince1970: 1_800_000_000 + Double($0) / 1000)) }
        #expect(identifiers.sorted() == identifiers)
        #expect(Set(identifiers).count == 100)
    }
}
