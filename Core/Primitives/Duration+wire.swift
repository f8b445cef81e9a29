extension Duration {
    /// Milliseconds, rounded towards zero, for integer columns and parameters. What is too long becomes the longest there is:
    /// durations come from other people's headers too.
    public var wireMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, tooLarge) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, overflows) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        return tooLarge || overflows ? (seconds < 0 ? .min : .max) : sum
    }

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
