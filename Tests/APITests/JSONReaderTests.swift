internal import API
internal import Testing

struct JSONReaderTests {
    @Test(arguments: [
        (#"{"a":[1,-2.5e3,true,false,null,"é\n\u00e9\ud83d\ude00"]}"#, #"{"a":[1,-2.5e3,true,false,null,"é\né😀"]}"#),
        (" \t\r\n[ ]\n", "[]"),
        (#""\"\\\/\b\f\u0001""#, #""\"\\/\u0008\u000c\u0001""#),
        ("0.10", "0.10"),
    ])
    func `what is JSON is read and written again without loss`(text: String, again: String) throws {
        #expect(String(decoding: try JSONReader.read(Array(text.utf8)).bytes, as: UTF8.self) == again)
    }

    @Test(arguments: [
        ("", ""), ("{", ""), ("[1,]", "/1"), (#"{"a":1,}"#, ""), ("01", ""), ("1.", ""), ("-", ""), ("+1", ""), ("NaN", ""),
        ("1e99999", ""), ("nul", ""), ("[1] 2", ""), (#"{"a":{"b":1,"b":2}}"#, "/a/b"), (#"{"a/b~":"\ud800"}"#, "/a~1b~0"),
        (#"["\u0000"]"#, "/0"), ("[\"\u{1}\"]", "/0"), (#"["\x"]"#, "/0"), (#""\udc00\ud800""#, ""), ("'a'", ""), ("\"a", ""),
        ("[\(String(repeating: "9", count: 41))]", "/0"),
    ])
    func `what is no JSON, or JSON that two readers may read differently, is refused where it stands`(
        text: String, pointer: String
    ) {
        #expect(throws: Fault.self) { try JSONReader.read(Array(text.utf8)) }
        do throws(Fault) {
            _ = try JSONReader.read(Array(text.utf8))
        } catch {
            #expect(error.pointer.description == pointer)
        }
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0x00, 0x22], [0xFE, 0xFF],
    ])
    func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
        #expect(throws: Fault.self) { try JSONReader.read(bytes) }
    }

    @Test func `depth and number of values are bounded`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        _ = try JSONReader.read(nested(32))
        #expect(throws: Fault.self) { try JSONReader.read(nested(33)) }
        #expect(throws: Fault.self) { try JSONReader.read(nested(1_000_000)) }
        #expect(throws: Fault.self) { try JSONReader.read([UInt8](repeating: UInt8(ascii: "["), count: 100_000)) }
        let many = "[" + Array(repeating: "0", count: 10_000).joined(separator: ",") + "]"
        #expect(throws: Fault.self) { try JSONReader.read(Array(many.utf8)) }
        let names = "{" + (0..<40).map { "\"n\($0)\":0" }.joined(separator: ",") + ",\"n7\":1}"
        #expect(throws: Fault(Pointer(["n7"]), "the name comes twice (at byte 315)")) { try JSONReader.read(Array(names.utf8)) }
    }
}
