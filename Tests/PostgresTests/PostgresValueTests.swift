import Foundation
import Postgres
import Primitives
import TestSupport
import Testing

@Suite struct PostgresValueTests {
    @Test(arguments: [
        "", "plain", "it's", "a \"quote\"", "back\\slash", "NULL", "null", "{}", "{a,b}", "a,b", " spaces ", "tab\tnew\nline\r",
        "é ü ß 漢字 🏳️‍🌈", "\u{1}\u{7f}", "$1 ; drop table users; --", "\\N", "\\\"",
    ])
    func `a text comes back as it went, alone and in an array`(text: String) async throws {
        let connection = try sharedConnection()
        #expect(try await connection.texts("select $1::text", [.text(text)]) == [text])
        #expect(try await connection.texts("select unnest($1::text[])", [.texts([text, nil, text])]) == [text, nil, text])
    }

    @Test func `a word that spells NULL is no null, and a null is none of the words`() async throws {
        let words: [String?] = ["NULL", nil, "null", ""]
        #expect(try await sharedConnection().texts("select unnest($1::text[])", [.texts(words)]) == words)
    }

    @Test func `bytes go in an array as they are`() async throws {
        let values: [[UInt8]] = [[], [0, 255, 92, 0], Array(0...255)]
        let read = try await sharedConnection().texts(
            "select encode(v, 'hex') from unnest($1::bytea[]) with ordinality as g (v, o) order by o", [.byteStrings(values)])
        #expect(read == values.map { $0.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() })
    }

    @Test(arguments: [
        (PostgresValue.byteStrings([]), "bytea"), (.texts([]), "text"), (.ints([]), "bigint"), (.bools([]), "boolean"),
        (.timestamps([]), "timestamptz"),
    ])
    func `an empty array has no elements`(value: PostgresValue, type: String) async throws {
        #expect(try await sharedConnection().texts("select cardinality($1::\(type)[])", [value]) == ["0"])
    }

    @Test(arguments: [Int64.min, -1, 0, 1, .max])
    func `an integer comes back as it went`(number: Int64) async throws {
        let numbers = try await sharedConnection().query(
            sql("select $1::bigint union all select unnest($2::bigint[])"), [.int(number), .ints([number, number])]
        ) { row throws(PostgresError) in try row.int(0) }
        #expect(numbers == [number, number, number])
    }

    @Test func `booleans and instants go in arrays`() async throws {
        let connection = try sharedConnection()
        let instants: [Timestamp?] = [Timestamp("2026-10-25T00:30:00.000001Z"), nil, Timestamp(microseconds: -1)]
        #expect(try await connection.texts("select unnest($1::boolean[])::text", [.bools([true, false])]) == ["true", "false"])
        let back = try await connection.query(sql("select unnest($1::timestamptz[]) as at"), [.timestamps(instants)]) {
            row throws(PostgresError) in try row.optionalTimestamp("at")
        }
        #expect(back == instants)
    }

    @Test func `bytes go as they are, zeroes and all`() async throws {
        let all = (0...255).map { UInt8($0) }
        let hex = try await sharedConnection().texts("select encode($1::bytea, 'hex')", [.bytes(all)])
        #expect(hex == [all.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()])
        #expect(try await sharedConnection().texts("select length($1::bytea)", [.bytes([])]) == ["0"])
    }

    @Test(arguments: [PostgresValue.text("a\u{0}b"), .texts(["fine", "a\u{0}"]), .text("\u{0}")])
    func `U+0000 is refused before anything is sent`(value: PostgresValue) async throws {
        let connection = try sharedConnection()
        _ = try await connection.texts("create temp table sent (n integer)")
        let single = await failure {
            try await connection.execute(sql("insert into sent select 1 where $1::text is not null"), [value])
        }
        #expect(single == .data(statement: "test", "U+0000 in a text"))
        let batch = await failure {
            try await connection.run { session throws in
                _ = try session.batch([(sql("insert into sent values (1)"), []), (sql("select $1::text"), [value])])
            }
        }
        #expect(batch == .data(statement: "test", "U+0000 in a text"))
        #expect(try await connection.texts("select count(*) from sent") == ["0"])
    }

    @Test func `a value that is not what the code expects is an error, not a crash`() async throws {
        let connection = try sharedConnection()
        try await connection.run { session throws in
            let rows = try session.query(sql("select 'x' as word, null::integer as nothing, 9223372036854775808 as large"))
            let row = try rows.single()
            #expect(thrown { try row.int("word") } == .data(statement: "test", "column word is not an integer"))
            #expect(thrown { try row.int("nothing") } == .data(statement: "test", "column nothing is not an integer (null)"))
            #expect(thrown { try row.int("large") } == .data(statement: "test", "column large is not an integer"))
            #expect(thrown { try row.timestamp("word") } == .data(statement: "test", "column word is not an instant"))
            #expect(thrown { try row.text("missing") } == .data(statement: "test", "no column missing"))
            #expect(thrown { try row.text(7) } == .data(statement: "test", "no column 7"))
            #expect(thrown { try row.int(-1) } == .data(statement: "test", "no column -1"))
            #expect(row.bool(1) == false)
        }
        #expect(
            await failure {
                try await connection.run { session throws in try session.query(sql("select 1 where false")).single().int(0) }
            }
                == .data(statement: "test", "0 rows where one is expected"))
    }
}
