private import Foundation

/// The machine that the figures come from.
enum Machine {
    /// One line.
    static func describe(_ servers: BenchServers) async throws -> String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let memory = Int(ProcessInfo.processInfo.physicalMemory >> 20)
        let version = try await servers.setting("server_version").split(separator: " ").first ?? ""
        let parts = [
            "\(cores) cores", model, "\((memory + 512) / 1024) GB", "Postgres \(version)",
            "fsync \(try await servers.setting("fsync"))",
            "synchronous_commit \(try await servers.setting("synchronous_commit"))",
            "shared_buffers \(try await servers.setting("shared_buffers"))", "load \(load) before the first run",
        ]
        return parts.joined(separator: " · ")
    }

    private static var model: String {
        let line = lines(of: "/proc/cpuinfo").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown CPU"
    }

    private static var load: Substring { lines(of: "/proc/loadavg").first?.split(separator: " ").first ?? "unknown" }

    private static func lines(of path: String) -> [Substring] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n")
    }
}
