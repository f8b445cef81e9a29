/// The objects of a JSON array as the bytes that they came in.
public enum JSONElements {
    /// The bytes of each object among the elements, in order; other elements are passed over, as `SendGridWebhook` does.
    ///
    /// - Parameter body: an array that has been read as JSON before: brackets and quotes are known to match.
    public static func objects(in body: [UInt8]) -> [[UInt8]] {
        var objects: [[UInt8]] = []
        var depth = 0
        var start: Int?
        var isInText = false
        var isEscaped = false
        for (index, byte) in body.enumerated() {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                if depth == 1, byte == UInt8(ascii: "{") { start = index }
                depth += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                depth -= 1
                if depth == 1, let begun = start {
                    objects.append(Array(body[begun...index]))
                    start = nil
                }
            default: break
            }
        }
        return objects
    }
}
