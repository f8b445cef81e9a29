import Content
import Foundation
import Messaging
import Postgres
import Primitives
import Reminders
import Synchronization
import TestSupport
import Testing

/// Where a call is held: the address that the appointment was given, else a page of our own with the reader's token (K-27).
@Suite(.serialized)
struct VideoLinkTests {
    private static let booked: Timestamp = "2026-06-01T12:00:00Z"
    private static let start: Timestamp = "2026-06-10T12:00:00Z"

    /// What tokens were asked for.
    private final class Tokens: Sendable {
        let asked = Mutex<[String]>([])

        func make(_ room: String, _ identity: String, _ name: String, _ from: Date, _ until: Date) -> String? {
            asked.withLock {
                $0.append("\(room) \(identity) \(name) \(Int(from.timeIntervalSince1970)) \(Int(until.timeIntervalSince1970))")
            }
            return "tok.\(identity.replacing(":", with: "-"))"
        }
    }

    /// The texts that leave for T+0, H-1 and T-0 of an appointment.
    private func texts(_ mailroom: Mailroom, id: String = "a1", video: String, url: String? = nil) async throws -> [String] {
        let agenda = try await Agenda()
        try await agenda.write(at: Self.booked, "update reminder_steps set is_enabled = step in ('T+0', 'H-1', 'T-0')")
        try await agenda.write(at: Self.booked, "update organization_settings set sms_enabled = true")
        try await agenda.book(id, at: Self.booked, start: Self.start)
        try await agenda.write(
            at: Self.booked, "update appointments set video = $1, video_url = $2", [.text(video), .optional(url)])
        for tick in [Self.booked, Self.start.minutes(-60), Self.start] {
            try await agenda.plan(at: tick)
            try await mailroom.deliver(agenda, at: tick)
        }
        #expect(try await agenda.ledger().allSatisfy { $0.hasSuffix(" sent") })
        return mailroom.texts
    }

    @Test func `lead and closer each get a link of their own, good around the call`() async throws {
        let tokens = Tokens()
        let texts = try await texts(Mailroom(videoToken: tokens.make), video: "livekit")
        #expect(texts.count { $0.contains("https://app.example.com/call/a1?token=tok.lead-l1") } == 3)
        #expect(texts.count { $0.contains("https://app.example.com/call/a1?token=tok.user-c1") } == 1)
        let (from, until) = (Self.start.seconds - 3600, Self.start.seconds + 1800 + 4 * 3600)
        #expect(
            Set(tokens.asked.withLock { $0 }) == [
                "acme:a1 lead:l1 Luc \(from) \(until)", "acme:a1 user:c1 Claire \(from) \(until)",
            ])
    }

    @Test(arguments: ["zoom", "meet", "external", "livekit"])
    func `an address that the appointment was given goes out as it is`(video: String) async throws {
        let tokens = Tokens()
        let texts = try await texts(Mailroom(videoToken: tokens.make), video: video, url: "https://zoom.example/j/1?pwd=x")
        #expect(texts.allSatisfy { $0.contains("https://zoom.example/j/1?pwd=x") })
        #expect(tokens.asked.withLock { $0.isEmpty })
    }

    @Test(arguments: ["zoom", "meet", "external", "livekit"])
    func `without any address the texts speak of none`(video: String) async throws {
        let texts = try await texts(Mailroom(), video: video)
        #expect(texts.count == 4)
        #expect(texts.allSatisfy { !$0.contains("http") && !$0.contains("isio") && !$0.contains("lien") })
    }

    @Test func `a long link is left to the mail by the SMS that goes with it`() async throws {
        let long = String(repeating: "x", count: 400)
        let texts = try await texts(Mailroom { _, _, _, _, _ in long }, video: "livekit")
        let short = try #require(texts.first { $0.contains("e-mail") })
        #expect(!short.contains("http") && short.utf16.count <= 160)
        #expect(texts.count { $0.contains("token=\(long)") } == 3)
    }

    @Test func `no id or token breaks out of the link`() async throws {
        let texts = try await texts(
            Mailroom { _, _, _, _, _ in "a&b=\"<c>\r\n#é" }, id: "../x?y=#é \"<b>", video: "livekit")
        let link = "https://app.example.com/call/..%2Fx%3Fy%3D%23%C3%A9%20%22%3Cb%3E?token=a%26b%3D%22%3Cc%3E%0D%0A%23%C3%A9"
        #expect(texts.count { $0.contains(link) } == 4)
    }
}
