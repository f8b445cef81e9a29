import Crypto
import Testing

struct EncodingTests {
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")])
    func `base 64 gives RFC 4648's vectors and reads them back`(text: String, encoded: String) {
        #expect(Base64.encode(text.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
        let bare = encoded.filter { $0 != "=" }
        #expect(Base64.encodeURL(text.utf8) == bare)
        #expect(Base64.decodeURL(bare) == Array(text.utf8))
        #expect(Base64.decode(bare) == Array(text.utf8))
    }

    @Test(arguments: [
        "Z", "Zg=", "Zg===", "Zm9=v", "=Zg=", "====", "Zh==", "Zm9vY", "Zm 9v", "Zm9v\n", "Zm-v", "Zm9v====", "Zé==",
    ])
    func `base 64 refuses what its encoder would not write`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["Zg==", "Zh", "Z", "Zm+v", "Zm/v"])
    func `base 64 for URLs refuses padding, spare bits and the other alphabet`(text: String) {
        #expect(Base64.decodeURL(text) == nil)
    }

    @Test func `the two alphabets differ in two characters`() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64.encodeURL([0xFB, 0xFF]) == "-_8")
    }

    @Test func `every length survives each encoding`() {
        for count in 0..<70 {
            let bytes = SecureRandom.bytes(count)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64.decodeURL(Base64.encodeURL(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: ["0", "0g", "é0", " 00", "0x00"])
    func `hexadecimal refuses anything but pairs of digits`(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func `hexadecimal is written in lowercase and read in either case`() {
        #expect(Hex.encode([0xDE, 0xAD, 0x0B]) == "dead0b")
        #expect(Hex.decode("DEad0B") == [0xDE, 0xAD, 0x0B])
    }
}
