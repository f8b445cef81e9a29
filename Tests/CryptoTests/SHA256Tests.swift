import Crypto
import Testing

struct SHA256Tests {
    @Test(arguments: [
        // FIPS 180-4 examples, and the JSON body of Twilio's vector V3.
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (#"{"property": "value", "boolean": true}"#, "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"),
    ])
    func `a digest is the one its standard gives`(text: String, expected: String) {
        #expect(SHA256.hex(text) == expected)
        #expect(SHA256.digest(text) == Hex.decode(expected))
    }

    @Test func `bytes that are not stored as one run give the same digest`() {
        let bytes = Array("a reminder".utf8)
        #expect(SHA256.digest(bytes.lazy.map { $0 }) == SHA256.digest(bytes))
    }
}
