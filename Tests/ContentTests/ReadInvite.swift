/// An invitation as PyPI's `icalendar` understands it.
struct ReadInvite: Decodable {
    struct Party: Decodable {
        let address: String
        let parameters: [String: String]
    }

    static let script = """
        import sys, json, icalendar
        def read(document):
            calendar = icalendar.Calendar.from_ical(document)
            events = calendar.walk("VEVENT")
            event = events[0]
            def party(name):
                return {"address": str(event[name]), "parameters": {k: str(v) for k, v in event[name].params.items()}}
            def text(name):
                return str(event[name]) if name in event else None
            return {
                "method": str(calendar["METHOD"]), "version": str(calendar["VERSION"]), "eventCount": len(events),
                "propertyNames": sorted(event.keys()), "errors": [str(e) for e in event.errors],
                "uid": str(event["UID"]), "sequence": int(event["SEQUENCE"]), "status": str(event["STATUS"]),
                "starts": event["DTSTART"].dt.isoformat(), "ends": event["DTEND"].dt.isoformat(), "stamped": event["DTSTAMP"].dt.isoformat(),
                "summary": text("SUMMARY"), "description": text("DESCRIPTION"), "location": text("LOCATION"), "url": text("URL"),
                "organizer": party("ORGANIZER"), "attendee": party("ATTENDEE")}
        """

    let method: String
    let version: String
    let eventCount: Int
    let propertyNames: [String]
    let errors: [String]
    let uid: String
    let sequence: Int
    let status: String
    let starts: String
    let ends: String
    let stamped: String
    let summary: String?
    let description: String?
    let location: String?
    let url: String?
    let organizer: Party
    let attendee: Party

    static func all(_ documents: [[UInt8]]) throws -> [Self] {
        try PythonReader.read(documents, script: script, as: Self.self)
    }

    init(_ bytes: [UInt8]) throws {
        self = try Self.all([bytes])[0]
    }
}
