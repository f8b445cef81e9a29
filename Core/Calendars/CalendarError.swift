/// Why an invitation cannot be written.
public enum CalendarError: Error, Equatable, Sendable {
    /// The organiser's or the attendee's address has no `@`, or nothing on one side of it.
    case invalidAddress
    /// There is no uid: without one a change or a cancellation would find nothing.
    case missingUID
    /// libical failed, out of memory for one.
    case libraryFailed
}

extension CalendarError: CustomStringConvertible {
    /// A bounded name for metrics.
    public var label: String {
        switch self {
        case .invalidAddress: "calendar_invalid_address"
        case .missingUID: "calendar_missing_uid"
        case .libraryFailed: "calendar_library_failed"
        }
    }

    /// Only a failure of the library may pass.
    public var isTransient: Bool { self == .libraryFailed }

    /// Safe to log.
    public var description: String {
        switch self {
        case .invalidAddress: "an address of the invitation is not an e-mail address"
        case .missingUID: "the invitation has no uid"
        case .libraryFailed: "libical failed"
        }
    }
}
