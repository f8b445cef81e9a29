/// What a command takes besides flags.
struct Operand: Sendable {
    /// As the usage line shows it, such as `FILE.csv`.
    let name: String
    /// What it is, for the error when it is missing.
    let what: String
    /// How many of it are taken.
    let count: ClosedRange<Int>

    /// - Parameter count: one unless said otherwise.
    init(name: String, what: String, count: ClosedRange<Int> = 1...1) {
        self.name = name
        self.what = what
        self.count = count
    }
}
