/// Writes `application/x-www-form-urlencoded` text.
///
/// Our own, since `URLComponents` leaves `+` as it is, which the peer reads as a space.
struct FormEncoder {
    private var bytes: [UInt8] = []

    /// What has been written.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds a pair; nil adds nothing.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
        append(name)
        bytes.append(UInt8(ascii: "="))
        append(value)
    }

    /// Encodes one value.
    static func encode(_ value: String) -> String {
        var encoder = FormEncoder()
        encoder.append(value)
        return encoder.text
    }

    private mutating func append(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "*"):
                bytes.append(byte)
            case 0x20: bytes.append(UInt8(ascii: "+"))
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(FormEncoder.hexDigit(byte >> 4))
                bytes.append(FormEncoder.hexDigit(byte & 15))
            }
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x37 + value
    }
}
