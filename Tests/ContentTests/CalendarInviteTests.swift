import Calendars
import Foundation
import Testing

struct CalendarInviteTests {
    /// What is hostile in each of its own ways, and legitimate text that needs escaping.
    static let hostileTexts = [
        "plain", "Rendez-vous ; déplacé, à \"14 h 30\" \\ ou pas", "a\r\nATTENDEE:mailto:evil@x.example",
        "a\nEND:VEVENT\nEND:VCALENDAR",
        "\u{0}\u{1}\u{7F}\u{85}tab\there", "\u{202E}gpj.exe\u{202C}", "<script>alert(1)</script>", "a\u{2028}b\u{2029}c",
        "^n^'^^",
        "BEGIN:VALARM", "::;;,,\"\"\\\\n", String(repeating: "é", count: 10_000), String(repeating: "👩🏽‍🚀", count: 3_000),
        "a" + String(repeating: "\u{301}", count: 10_000), String(repeating: "x", count: 73) + "é",
        String(repeating: " ", count: 300) + ".",
    ]

    private static let propertyNames = [
        "ATTENDEE", "DESCRIPTION", "DTEND", "DTSTAMP", "DTSTART", "LOCATION", "ORGANIZER", "SEQUENCE", "STATUS", "SUMMARY", "UID",
        "URL",
    ]

    private func invite(text: String = "Appel découverte") -> CalendarInvite {
        CalendarInvite(
            uid: "atlas-appt-0001@relance.example", sequence: 3, stampedAt: Date(timeIntervalSince1970: 1_795_000_000),
            startsAt: Date(timeIntervalSince1970: 1_795_010_400), endsAt: Date(timeIntervalSince1970: 1_795_012_200.9),
            summary: text,
            description: text, location: text, url: "https://visio.example/r?a=1,2;b=%20",
            organizer: CalendarParty(name: text, address: "rdv+a@atlas.example"),
            attendee: CalendarParty(name: text, address: "lea.o'brien@atlas.example"))
    }

    /// RFC 5545 §3.1: what a strict reader may rely on, byte by byte.
    private func lint(_ bytes: [UInt8]) {
        #expect(String(validating: bytes, as: UTF8.self) != nil)
        #expect(bytes.suffix(2) == [13, 10])
        for line in bytes.split(separator: 13, omittingEmptySubsequences: false).dropLast() {
            let content = line.first == 10 ? line.dropFirst() : line
            #expect(content.count <= 75)
            #expect(!content.contains(10))
            #expect(String(validating: content, as: UTF8.self) != nil, "folded inside a character")
            #expect(content.allSatisfy { $0 >= 32 && $0 != 127 || $0 == 9 })
        }
        #expect(bytes.count { $0 == 13 } == bytes.count { $0 == 10 })
    }

    @Test(arguments: hostileTexts)
    func `every line is short, whole and ends in CRLF`(text: String) throws {
        lint(try invite(text: text).bytes())
    }

    @Test func `no text adds a property, a parameter or a component`() throws {
        for read in try ReadInvite.all(Self.hostileTexts.map { try invite(text: $0).bytes() }) {
            #expect(read.eventCount == 1)
            #expect(read.errors.isEmpty)
            #expect(read.propertyNames == Self.propertyNames)
            #expect(read.attendee.address == "mailto:lea.o'brien@atlas.example")
            #expect(read.attendee.parameters.keys.sorted() == ["CN", "CUTYPE", "PARTSTAT", "ROLE", "RSVP"])
            #expect(read.organizer.address == "mailto:rdv+a@atlas.example")
            #expect(read.organizer.parameters.keys.sorted() == ["CN"])
        }
    }

    @Test func `another library reads what was written`() throws {
        let text = "Rendez-vous ; déplacé, à \"14 h 30\" \\ été"
        let read = try ReadInvite(invite(text: text).bytes())
        #expect(read.method == "REQUEST" && read.version == "2.0" && read.status == "CONFIRMED")
        #expect(read.uid == "atlas-appt-0001@relance.example" && read.sequence == 3)
        #expect(read.stamped == "2026-11-18T11:06:40+00:00")
        #expect(read.starts == "2026-11-18T14:00:00+00:00" && read.ends == "2026-11-18T14:30:00+00:00")
        #expect(read.summary == text && read.description == text && read.location == text)
        #expect(read.url == "https://visio.example/r?a=1,2;b=%20")
        #expect(read.attendee.parameters["CN"] == text.replacing("\"", with: "'"))
        #expect(read.attendee.parameters["PARTSTAT"] == "ACCEPTED" && read.attendee.parameters["RSVP"] == "FALSE")
    }

    @Test func `a cancellation is a CANCEL with the same uid and a status that says so`() throws {
        var cancelled = invite()
        cancelled.method = .cancel
        cancelled.sequence = 4
        let read = try ReadInvite(cancelled.bytes())
        #expect(read.method == "CANCEL" && read.status == "CANCELLED" && read.sequence == 4)
        #expect(read.uid == "atlas-appt-0001@relance.example")
        #expect(cancelled.contentType == "text/calendar; charset=utf-8; method=CANCEL")
        #expect(invite().contentType == "text/calendar; charset=utf-8; method=REQUEST")
    }

    @Test func `a description keeps its lines, a summary is one line`() throws {
        let read = try ReadInvite(invite(text: "one\r\ntwo\nthree").bytes())
        #expect(read.description == "one\ntwo\nthree")
        #expect(read.summary == "one two three")
    }

    @Test(arguments: ["javascript:alert(1)", "ftp://x.example", "", "https:/x.example", "//x.example", "\r\nhttps://x.example"])
    func `an address of another scheme than the web's is left out`(url: String) throws {
        var invite = invite()
        invite.url = url
        invite.location = nil
        let read = try ReadInvite(invite.bytes())
        #expect(read.url == nil && read.location == nil)
    }

    @Test func `an address that could end its line is encoded`() throws {
        var invite = invite()
        invite.url = "https://x.example/a b\r\nX-EVIL:1\"é"
        invite.attendee.address = "a;b:c\r\nX-EVIL:1\"é@x.example"
        let bytes = try invite.bytes()
        lint(bytes)
        let read = try ReadInvite(bytes)
        #expect(read.url == "https://x.example/a%20b%0D%0AX-EVIL:1%22%C3%A9")
        // Some versions of the reader undo a part of the encoding by themselves.
        #expect(
            read.attendee.address.removingPercentEncoding
                == "mailto:a%3Bb%3Ac%0D%0AX-EVIL%3A1%22%C3%A9@x.example".removingPercentEncoding)
    }

    @Test(arguments: ["", "nobody", "@x.example", "a@", "a@@b"])
    func `what is no address is refused`(address: String) {
        var invite = invite()
        invite.attendee.address = address
        #expect(throws: CalendarError.invalidAddress) { try invite.bytes() }
    }

    @Test(arguments: ["", "\r\n\u{0}"])
    func `an invitation without a uid is refused`(uid: String) {
        var invite = invite()
        invite.uid = uid
        // A blank is what a newline becomes; it identifies nothing either.
        #expect(throws: CalendarError.missingUID) { try invite.bytes() }
    }

    @Test func `many threads write at once`() async throws {
        let invite = invite()
        let expected = try invite.bytes()
        await withTaskGroup(of: [UInt8]?.self) { group in
            for _ in 0..<200 { group.addTask { try? invite.bytes() } }
            for await bytes in group { #expect(bytes == expected) }
        }
    }
}
