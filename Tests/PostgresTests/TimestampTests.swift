import Postgres
import Primitives
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        ("2026-11-20T08:15:00Z", "2026-11-20T08:15:00Z"),
        ("2026-11-20t08:15:00z", "2026-11-20T08:15:00Z"),
        ("2026-11-20T09:15:00+01:00", "2026-11-20T08:15:00Z"),
        ("2026-11-20T04:45:00-03:30", "2026-11-20T08:15:00Z"),
        ("2026-11-20T04:45:00-0330", "2026-11-20T08:15:00Z"),
        ("2026-11-20 09:15:00.5+01", "2026-11-20T08:15:00.500000Z"),
        ("2026-11-20T08:15Z", "2026-11-20T08:15:00Z"),
        ("2026-11-20T08:15:00.000001Z", "2026-11-20T08:15:00.000001Z"),
        ("2026-11-20T08:15:00.000000Z", "2026-11-20T08:15:00Z"),
        ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
        ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z"),
    ])
    func `an instant is read with its offset and written in UTC`(text: String, written: String) {
        #expect(Timestamp(text)?.description == written)
    }

    @Test(arguments: [
        "", "now", "2026-11-20", "2026-11-20T08:15:00", "2026-11-20 08:15:00", "2026-11-20T08:15:00 Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-11-20T24:00:00Z",
        "2026-11-20T08:60:00Z", "2026-11-20T08:15:61Z", "2026-11-20T08:15:00.Z", "2026-11-20T08:15:00.1234567Z",
        "2026-11-20T08:15:00+24:00", "2026-11-20T08:15:00+01:60", "2026-11-20T08:15:00+1", "2026-11-20T08:15:00+01:",
        "2026-11-20T08:15:00Zz", "26-11-20T08:15:00Z", "2026-1-20T08:15:00Z", "infinity", "-infinity", "+2026-11-20T08:15:00Z",
        "２０２６-11-20T08:15:00Z", "2026-11-20T08:15:00Z\n", "-001-11-20T08:15:00Z", "0000-12-31T23:59:59Z",
        "0001-01-01T00:59:59+01:00", "9999-12-31T23:59:59-00:01",
    ])
    func `anything else is refused, never guessed`(text: String) { #expect(Timestamp(text) == nil) }

    @Test(arguments: [
        "0001-01-01T00:00:00Z", "1582-10-10T12:00:00Z", "1899-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z",
        "2026-03-29T01:00:00Z", "2026-10-25T01:00:00.123456Z", "2100-02-28T23:59:59Z", "9999-12-30T23:59:59.999999Z",
    ])
    func `Postgres reads what we write and we read what Postgres writes`(text: String) async throws {
        let instant = try #require(Timestamp(text))
        let connection = try sharedConnection()
        for zone in ["UTC", "Europe/Paris", "America/St_Johns", "Asia/Kathmandu"] {
            let back = try await connection.run { session throws in
                _ = try session.query(sql("select set_config('timezone', $1, false)"), [.text(zone)])
                // Zones had offsets with seconds before they were standardised; programs run in UTC.
                let year = text.prefix(4)
                return try session.query(sql("select $1::timestamptz as at"), [.timestamp(instant)]).single()
                    .optionalText(0).flatMap { year < "1970" && zone != "UTC" ? instant : Timestamp($0) }
            }
            #expect(back == instant, "\(zone)")
        }
    }

    @Test func `every day of eight centuries is counted as Postgres counts`() async throws {
        let days = try await sharedConnection().query(
            sql(
                """
                select to_char(d, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), extract(epoch from d)::bigint
                from generate_series(timestamp '1600-01-01', timestamp '2399-12-31', interval '1 day') as d
                """)
        ) { row throws(PostgresError) in (try row.text(0), try row.int(1)) }
        #expect(days.count == 292_194)
        let wrong = days.filter {
            Timestamp($0.0)?.seconds != $0.1 || Timestamp(microseconds: $0.1 * 1_000_000).description != $0.0
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
    }

    @Test(arguments: [Int64.min, -1_000_001, -1_000_000, -1, 0, 1, .max])
    func `no instant is too far away to be written`(microseconds: Int64) {
        let instant = Timestamp(microseconds: microseconds)
        #expect(!instant.description.isEmpty)
        #expect(instant.seconds == Int64((Double(microseconds) / 1_000_000).rounded(.down)))
    }

    @Test func `adding and subtracting are each other's opposite`() {
        let start = Timestamp(microseconds: 1_700_000_000_000_000)
        #expect(start + .microseconds(-1) < start)
        #expect((start + .seconds(90)) - start == .seconds(90))
        #expect(start + .nanoseconds(1_999) == start + .microseconds(1))
        #expect(start + .seconds(Int64.max / 2) == Timestamp(microseconds: .max))
        #expect(start + .seconds(Int64.min / 2) == Timestamp(microseconds: .min))
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("50s", .seconds(50)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
        ("0s", .zero),
    ])
    func `a duration is a number and a unit`(text: String, duration: Duration) { #expect(Duration(text) == duration) }

    @Test(arguments: ["", "s", "ms", "5", "-5s", "+5s", "5.5s", "5 s", "5d", "1000000000h", "99999999999999999999s", "5sm", "٥s"])
    func `anything else is no duration`(text: String) { #expect(Duration(text) == nil) }

    @Test(arguments: [
        (Duration.seconds(1), Int64(1000)), (.microseconds(1999), 1), (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
    ])
    func `milliseconds for the wire are bounded, not overflowed`(duration: Duration, milliseconds: Int64) {
        #expect(duration.wireMilliseconds == milliseconds)
    }
}
