/// Euros as people read them.
enum Money {
    /// Such as `12.05 €`.
    static func text(cents: Int64) -> String { "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100) €" }
}
