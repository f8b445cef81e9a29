/// Why a text is not taken for a telephone number. None carries the text: it may be personal data.
public enum PhoneNumberError: Error, Equatable, Sendable {
    /// Empty, overlong, or holding something that no number does: a letter, an extension, a group chat's address.
    case notANumber
    /// No country has its country code, or it has none and the region is not known to the library.
    case unknownCountry
    /// Too many or too few digits for its country.
    case wrongLength
    /// The library failed, out of memory for one.
    case libraryFailed
}

extension PhoneNumberError: CustomStringConvertible {
    /// A bounded name for metrics.
    public var label: String {
        switch self {
        case .notANumber: "not_a_number"
        case .unknownCountry: "unknown_country"
        case .wrongLength: "wrong_length"
        case .libraryFailed: "library_failed"
        }
    }

    /// Only a failure of the library may pass; the others come from the text.
    public var isTransient: Bool { self == .libraryFailed }

    /// Safe to log.
    public var description: String {
        switch self {
        case .notANumber: "not a telephone number"
        case .unknownCountry: "no country has this country code"
        case .wrongLength: "too many or too few digits for the number's country"
        case .libraryFailed: "libphonenumber failed"
        }
    }
}
