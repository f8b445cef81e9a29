/// A flag of a command: one line of its help, and what the command line is checked against.
struct Flag: Sendable, Equatable {
    /// With its dashes.
    let name: String
    /// What stands for the value in the help; nil for a switch.
    let value: String?
    /// What it does, in a line.
    let help: String

    /// - Parameter value: what stands for the value in the help; nil for a switch.
    init(_ name: String, _ value: String? = nil, _ help: String) {
        self.name = name
        self.value = value
        self.help = help
    }
}

/// Flags that several commands share.
extension Flag {
    static let json = Flag("--json", "print JSON on standard output")
    static let tenant = Flag("--tenant", "ID", "only this organisation")
    static let limit = Flag("--limit", "N", "most rows of a page, 1 to 1000; the default is 50")
    static let cursor = Flag("--cursor", "KEY", "go on after the page that ended with this key")
    static let now = Flag(
        "--now", "INSTANT", "business time, on a development instance only; - (bookings) reads instants from standard input")

    /// A switch.
    private init(_ name: String, _ help: String) { self.init(name, nil, help) }
}
