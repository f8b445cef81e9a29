extension Duration {
    /// Milliseconds, rounded down, for integer columns and parameters.
    public var wireMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }

    /// Seconds with three decimals, as a parameter of type double precision.
    public var wireSeconds: String { String(Double(wireMilliseconds) / 1000) }

    /// Reads `500ms`, `50s`, `2m`, `1h`. Nil for anything else.
    public init?(_ text: String) {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for (suffix, milliseconds) in units where text.hasSuffix(suffix) {
            let digits = text.dropLast(suffix.count)
            guard let count = Int64(digits), count >= 0, digits.first?.isNumber == true, count < 1_000_000_000 else { continue }
            self = .milliseconds(count * milliseconds)
            return
        }
        return nil
    }
}
