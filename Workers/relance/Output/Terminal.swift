import Glibc
import Runtime

/// What the far end of a stream can show.
struct Terminal: Sendable {
    /// Whether somebody watches.
    let isInteractive: Bool
    /// Whether colours may be used: on a terminal, unless NO_COLOR is set (no-color.org) or it is a dumb one.
    let hasColour: Bool
    /// Characters of a line; nil where nothing limits it.
    let width: Int?

    /// Standard output.
    static let output = Terminal(STDOUT_FILENO)
    /// Standard error, where progress and complaints go.
    static let errors = Terminal(STDERR_FILENO)

    private init(_ descriptor: Int32) {
        let environment = Environment.ofProcess()
        isInteractive = isatty(descriptor) == 1
        hasColour = isInteractive && environment.text("NO_COLOR") == nil && environment.text("TERM") != "dumb"
        width = isInteractive ? Self.width(descriptor, environment) : nil
    }

    /// Whether somebody can be asked: both what we print and what is typed go through a terminal.
    static var isAskable: Bool { isatty(STDIN_FILENO) == 1 && errors.isInteractive }

    /// Says on standard error what is to be typed.
    static func prompt(_ text: String) { _ = Glibc.write(STDERR_FILENO, text, text.utf8.count) }

    /// Asks on standard error; only a typed yes is one.
    static func agrees(to question: String) -> Bool {
        prompt("\(question) [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    private init(_ other: Terminal, width: Int?) {
        (isInteractive, hasColour) = (other.isInteractive, other.hasColour)
        self.width = width
    }

    /// The same with a margin, for lines that will be indented.
    func narrowed(by margin: Int) -> Terminal { Terminal(self, width: width.map { max(1, $0 - margin) }) }

    private static func width(_ descriptor: Int32, _ environment: Environment) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment.text("COLUMNS").flatMap { Int($0) } ?? 80
    }
}
