/// What a command takes besides flags.
struct Operand: Sendable {
    /// As the usage line shows it, such as `FILE.csv`.
    let name: String
    /// What it is, for the error when it is missing.
    let what: String
}
