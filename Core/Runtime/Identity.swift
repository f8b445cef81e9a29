private import FoundationEssentials
private import Glibc

/// Who is running: told apart by process, never by host name (D-81).
public struct ProcessIdentity: Sendable {
    /// Boot id, process id and a random part: no two processes ever share it, not even after a reboot.
    public let holder: String
    /// Host name, for people.
    public let host: String

    /// This process.
    public init() {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, 255)
        host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let bootID = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "unknown"
        let random = String(UInt32.random(in: .min ... .max), radix: 16)
        holder = "\(bootID.prefix(8)).\(getpid()).\(random)"
    }
}
