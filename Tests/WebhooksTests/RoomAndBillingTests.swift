import Testing
import Webhooks

/// LiveKit's and Stripe's events.
struct RoomAndBillingTests {
    static let joined =
        #"{"event":"participant_joined","id":"EV_1","createdAt":"1700000000","room":{"sid":"RM_1","name":"appointment-42","maxParticipants":2,"creationTime":"1699999990"},"participant":{"sid":"PA_1","identity":"lead-7","state":"ACTIVE","joinedAt":"1699999999","name":"Ana","permission":{"canPublish":true}}}"#
    static let paid =
        #"{"id":"evt_1","object":"event","api_version":"2026-10-28.endive","created":1700000000,"livemode":true,"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},"type":"invoice.paid","account":"acct_1","data":{"object":{"id":"in_1","object":"invoice","amount_due":1000}}}"#

    private func room(_ body: String) throws -> WebhookEvent { try LiveKitWebhook.event(.json(body), receivedAt: receivedAt) }
    private func billing(_ body: String) throws -> WebhookEvent { try StripeWebhook.event(.json(body), receivedAt: receivedAt) }

    @Test func `somebody who comes in is told with room, identity and instants, which are texts`() throws {
        let event = try room(Self.joined)
        #expect(event.key == "EV_1" && event.type == "participant_joined")
        let told = try #require(event.room)
        #expect(told.kind == .joined && told.room == "appointment-42" && told.roomID == "RM_1" && told.participant == "lead-7")
        #expect(told.isPerson && told.joinedAt == 1_699_999_999 && told.occurredAt == 1_700_000_000)
    }

    @Test(arguments: [
        ("room_started", RoomEvent.Kind.started), ("room_finished", .finished), ("participant_left", .left),
        ("participant_connection_aborted", .aborted),
    ]) func `each event of a room has a meaning`(name: String, kind: RoomEvent.Kind) throws {
        #expect(try room(Self.joined.replacing("participant_joined", with: name)).room?.kind == kind)
    }

    @Test(arguments: ["AGENT", "EGRESS", "INGRESS", "4", "7"]) func `recorders and agents are no people`(kind: String) throws {
        #expect(try room(Self.joined.replacing(#""state":"#, with: #""kind":"\#(kind)","state":"#)).room?.isPerson == false)
        #expect(try room(Self.joined.replacing(#""state":"#, with: #""kind":"STANDARD","state":"#)).room?.isPerson == true)
        #expect(try room(Self.joined.replacing(#""state":"#, with: #""kind":0,"state":"#)).room?.isPerson == true)
    }

    @Test func `tracks, recordings and what lacks its room or participant are left`() throws {
        for body in [
            Self.joined.replacing("participant_joined", with: "track_published"),
            Self.joined.replacing("participant_joined", with: "new"),
            Self.joined.replacing(#""name":"appointment-42""#, with: #""name":"""#),
            Self.joined.replacing(#""identity":"lead-7""#, with: #""identity":null"#), "{}",
        ] {
            #expect(try room(body).content == .other)
        }
        #expect(throws: WebhookError.unreadable) { try room("[]") }
    }

    @Test func `numbers may be numbers, and absurd ones are left out`() throws {
        #expect(try room(Self.joined.replacing(#""1699999999""#, with: "1699999999")).room?.joinedAt == 1_699_999_999)
        for absurd in ["-5", "1e300", "99999999999999999999", "\"99999999999999999999\"", "{}", "0"] {
            let told = try room(Self.joined.replacing(#""1699999999""#, with: absurd).replacing(#""1700000000""#, with: "-1"))
                .room
            #expect(told?.joinedAt == nil && told?.occurredAt == 1_700_000_100, "\(absurd)")
        }
    }

    @Test func `an event of Stripe's is known by its id and names its object`() throws {
        let event = try billing(Self.paid)
        #expect(event.key == "evt_1" && event.type == "invoice.paid")
        let told = try #require(event.billing)
        #expect(told.id == "evt_1" && told.createdAt == 1_700_000_000 && told.isLive && told.account == "acct_1")
        #expect(told.objectID == "in_1" && told.objectType == "invoice" && told.apiVersion == "2026-10-28.endive")
    }

    @Test func `our own account has no name, and unknown types are told too`() throws {
        let told = try billing(
            Self.paid.replacing(#""account":"acct_1","#, with: "").replacing("invoice.paid", with: "new.thing")
        ).billing
        #expect(told?.account == nil && told?.type == "new.thing")
    }

    @Test func `thin events and what lacks its parts are left`() throws {
        for body in [
            Self.paid.replacing(#""object":"event""#, with: #""object":"v2.core.event""#),
            Self.paid.replacing(#""livemode":true"#, with: #""livemode":"true""#),
            Self.paid.replacing(#""id":"evt_1""#, with: #""id":7e9"#),
            Self.paid.replacing(#""type":"invoice.paid""#, with: #""type":null"#), "{}",
        ] {
            #expect(try billing(body).content == .other, "\(body)")
        }
    }
}
