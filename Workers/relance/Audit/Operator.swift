import Glibc
import Runtime

/// Who is at the keyboard, for the audit.
enum Operator {
    /// The flag with which a script says for whom it acts.
    static let flag = Flag("--operator", "NAME", "who does it, for the audit; the default is your login, also through sudo")

    /// The flag, else who called sudo, else the login name, else the user's number.
    static func name(_ arguments: Arguments) throws(UsageError) -> String {
        if let name = try arguments.text(flag) { return name }
        let environment = Environment.ofProcess()
        if let name = environment.text("SUDO_USER") ?? environment.text("USER") { return name }
        return "uid \(getuid())"
    }
}
