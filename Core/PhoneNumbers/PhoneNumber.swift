private import CPhoneNumber

/// Telephone numbers as people and providers write them.
public enum PhoneNumber {
    /// Longer than any number with its punctuation; what is longer is refused before it costs anything.
    private static let maximumLength = 64

    /// The E.164 form of `raw`: `+` and at most fifteen digits.
    ///
    /// A number is taken when it is *possible* (a known country code and a length that country uses), not only when it is
    /// *valid* (in a range known to be in service). Ranges are a picture of the numbering plans on the day the library was
    /// released, 2022 for Debian 12: numbers opened since, and the ranges reserved for fiction that the seed data uses
    /// (+33 6 39 98), are not in it. Refusing a good number loses a reminder in silence; letting a bad one through costs one
    /// answer of the provider's (Twilio 21211), which the ledger records.
    ///
    /// The library is loaded with the program but read only at the first call; safe on any thread.
    ///
    /// - Parameters:
    ///   - raw: with or without a country code; `tel:`, `whatsapp:`, `@c.us` and `@s.whatsapp.net` are taken off.
    ///   - region: the ISO 3166 code of the country in which a number without a country code is meant, such as "FR" or "RE".
    /// - Throws: why it is not a number, without the number.
    public static func normalize(_ raw: String, region: String) throws(PhoneNumberError) -> String {
        guard raw.utf8.count <= maximumLength else { throw .notANumber }
        let digits = try PhoneNumberText(raw).text
        let region = region.uppercased()
        var outcome = relance_phone_failed
        let e164 = withUnsafeTemporaryAllocation(of: CChar.self, capacity: relance_phone_capacity) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            outcome = relance_phone_normalize(digits, digits.utf8.count, region, region.utf8.count, start)
            return outcome == relance_phone_ok ? String(cString: start) : ""
        }
        switch outcome {
        case relance_phone_ok: return e164
        case relance_phone_not_a_number: throw .notANumber
        case relance_phone_unknown_country: throw .unknownCountry
        case relance_phone_wrong_length: throw .wrongLength
        default: throw .libraryFailed
        }
    }
}
