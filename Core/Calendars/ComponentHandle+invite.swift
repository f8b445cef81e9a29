private import CICal
internal import FoundationEssentials

extension ComponentHandle {
    borrowing func addCalendarHead(method: CalendarInvite.Method) throws(CalendarError) {
        try add(icalproperty_new_prodid("-//Relance//Appointments//EN"))
        try add(icalproperty_new_version("2.0"))
        try add(icalproperty_new_calscale("GREGORIAN"))
        try add(icalproperty_new_method(method == .cancel ? ICAL_METHOD_CANCEL : ICAL_METHOD_REQUEST))
    }

    borrowing func add(uid: String, sequence: Int, method: CalendarInvite.Method) throws(CalendarError) {
        try add(icalproperty_new_uid(uid))
        try add(icalproperty_new_sequence(CInt(clamping: sequence)))
        let status =
            switch method {
            case .request(.tentative): ICAL_STATUS_TENTATIVE
            case .request(.confirmed): ICAL_STATUS_CONFIRMED
            case .cancel: ICAL_STATUS_CANCELLED
            }
        try add(icalproperty_new_status(status))
    }

    borrowing func add(stampedAt: Date, startsAt: Date, endsAt: Date) throws(CalendarError) {
        try add(icalproperty_new_dtstamp(stampedAt.icalTime))
        try add(icalproperty_new_dtstart(startsAt.icalTime))
        try add(icalproperty_new_dtend(endsAt.icalTime))
    }

    borrowing func add(organizer uri: String, name: String?) throws(CalendarError) {
        let property = icalproperty_new_organizer(uri)
        if let property, let name { icalproperty_add_parameter(property, icalparameter_new_cn(name)) }
        try add(property)
    }

    /// The attendee chose the time, so has accepted it: a calendar need not ask, nor send an answer that nobody reads.
    borrowing func add(attendee uri: String, name: String?) throws(CalendarError) {
        let property = icalproperty_new_attendee(uri)
        if let property {
            icalproperty_add_parameter(property, icalparameter_new_cutype(ICAL_CUTYPE_INDIVIDUAL))
            icalproperty_add_parameter(property, icalparameter_new_role(ICAL_ROLE_REQPARTICIPANT))
            icalproperty_add_parameter(property, icalparameter_new_partstat(ICAL_PARTSTAT_ACCEPTED))
            icalproperty_add_parameter(property, icalparameter_new_rsvp(ICAL_RSVP_FALSE))
            if let name { icalproperty_add_parameter(property, icalparameter_new_cn(name)) }
        }
        try add(property)
    }

    /// What is empty is left out.
    borrowing func add(
        summary: String, description: String, location: String?, url: String?
    ) throws(CalendarError) {
        try add(icalproperty_new_summary(summary))
        if !description.isEmpty { try add(icalproperty_new_description(description)) }
        if let location, !location.isEmpty { try add(icalproperty_new_location(location)) }
        if let url { try add(icalproperty_new_url(url)) }
    }
}

extension Date {
    /// The instant in UTC, to the second.
    fileprivate var icalTime: icaltimetype {
        let seconds = timeIntervalSince1970.rounded(.down)
        return icaltime_from_timet_with_zone(time_t(seconds), 0, icaltimezone_get_utc_timezone())
    }
}
