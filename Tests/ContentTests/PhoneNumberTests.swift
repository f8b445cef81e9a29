import Foundation
import PhoneNumbers
import Testing

struct PhoneNumberTests {
    @Test(arguments: [
        // France
        ("06 39 98 00 01", "FR", "+33639980001"),
        ("+33639980001", "FR", "+33639980001"),
        ("+33 (0)6 39 98 00 01", "FR", "+33639980001"),
        ("0033 6 39 98 00 01", "FR", "+33639980001"),
        ("06.39.98.00.01", "fr", "+33639980001"),
        ("01-99-00-12-34", "FR", "+33199001234"),
        ("0６３９９８０００１", "FR", "+33639980001"),
        ("\u{202A}+33\u{A0}6\u{202F}39\u{A0}98\u{A0}00\u{A0}01\u{202C}", "FR", "+33639980001"),
        // Canada
        ("(514) 555-0142", "CA", "+15145550142"),
        ("1-514-555-0142", "CA", "+15145550142"),
        ("514.555.0142", "CA", "+15145550142"),
        ("+1 514 555 0142", "FR", "+15145550142"),
        ("011 33 6 39 98 00 01", "CA", "+33639980001"),
        // Réunion
        ("0692 12 34 56", "RE", "+262692123456"),
        ("+262 692 12 34 56", "FR", "+262692123456"),
        ("0262 30 12 34", "RE", "+262262301234"),
    ])
    func `a number is normalised by its country code, else by the region`(raw: String, region: String, expected: String) throws {
        #expect(try PhoneNumber.normalize(raw, region: region) == expected)
    }

    @Test(arguments: [
        "whatsapp:+33639980001", "WhatsApp:+33639980001", "whatsapp:33639980001", "33639980001@c.us",
        "33639980001@s.whatsapp.net",
        "tel:+33639980001", "  +33639980001\n",
    ])
    func `the wrapping of a provider comes off, whatever the region`(raw: String) throws {
        #expect(try PhoneNumber.normalize(raw, region: "CA") == "+33639980001")
    }

    @Test(arguments: [
        "", " ", "+", "whatsapp:", "@c.us", "n/a", "1-800-FLOWERS", "call 06 39 98 00 01", "06 39 98 00 01 ext. 4",
        "06 39 98 00 01;ext=4",
        "120363025246125486@g.us", "+33639980001;phone-context=+1", "+33639980001\u{0}", "+33639980001\r\nTo: x",
        "'; drop table leads; --",
        "<script>0639980001</script>", "06 39 98 00 01 ☎", String(repeating: "1", count: 65),
        String(repeating: "+", count: 10_000_000),
    ])
    func `a hostile or foreign text is not a number`(raw: String) {
        #expect(throws: PhoneNumberError.notANumber) { try PhoneNumber.normalize(raw, region: "FR") }
    }

    @Test(arguments: [
        ("06 39 98", "FR", PhoneNumberError.wrongLength), ("555-0142", "CA", .wrongLength),
        ("+336399800011234", "FR", .wrongLength),
        ("11111111111111111111111111111111", "FR", .wrongLength), ("+999 123 456 789", "FR", .unknownCountry),
        ("0639980001", "ZZ", .unknownCountry), ("0639980001", "", .unknownCountry),
        ("0639980001", "no such region", .unknownCountry),
    ])
    func `an impossible number is refused with the reason`(raw: String, region: String, expected: PhoneNumberError) {
        #expect(throws: expected) { try PhoneNumber.normalize(raw, region: region) }
    }

    @Test func `threads share the library`() async throws {
        try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<200 {
                group.addTask { try PhoneNumber.normalize("06 39 98 \(String(format: "%04d", index))", region: "FR") }
            }
            var numbers: Set<String> = []
            for try await number in group { numbers.insert(number) }
            #expect(numbers.count == 200)
        }
    }
}
