public import Calendars
public import Templates

/// Why a message cannot be written. None carries what was to be in it.
public enum ContentError: Error, Equatable, Sendable {
    /// The message does not exist in this form.
    case noSuchForm(AppointmentTemplate, ContentChannel)
    /// A month, day, weekday, hour or minute that no clock shows.
    case invalidLocalTime
    /// Not an address that a mail header can carry.
    case invalidAddress
    /// The calendar invitation failed.
    case calendar(CalendarError)
    /// A template failed.
    case template(TemplateError)
    /// An organisation's own template came to more than a message holds.
    case tooLong
    /// An organisation's own template came to nothing, or has no subject.
    case empty
    /// A marketing mail that does not say how to have no more of them.
    case missingUnsubscribe
}

extension ContentError: CustomStringConvertible {
    /// A bounded name for metrics.
    public var label: String {
        switch self {
        case .noSuchForm: "content_no_such_form"
        case .invalidLocalTime: "content_invalid_local_time"
        case .invalidAddress: "content_invalid_address"
        case .calendar(let error): error.label
        case .template(let error): error.label
        case .tooLong: "content_too_long"
        case .empty: "content_empty"
        case .missingUnsubscribe: "content_missing_unsubscribe"
        }
    }

    /// Whether the same message may succeed later.
    public var isTransient: Bool {
        switch self {
        case .noSuchForm, .invalidLocalTime, .invalidAddress, .tooLong, .empty, .missingUnsubscribe: false
        case .calendar(let error): error.isTransient
        case .template(let error): error.isTransient
        }
    }

    /// Safe to log.
    public var description: String {
        switch self {
        case .noSuchForm(let template, let channel): "there is no \(channel.rawValue) of \(template.rawValue)"
        case .invalidLocalTime: "the local time is not one that a clock shows"
        case .invalidAddress: "an address is not one that a mail header can carry"
        case .calendar(let error): error.description
        case .template(let error): error.description
        case .tooLong: "the text is longer than a message holds"
        case .empty: "the text or its subject is empty"
        case .missingUnsubscribe: "a marketing mail does not say how to unsubscribe"
        }
    }
}
