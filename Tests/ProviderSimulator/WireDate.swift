internal import Glibc

/// Points in time as the providers write them, without ICU.
enum WireDate {
    /// Now, in milliseconds of Unix time.
    static func now() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }

    /// `Thu, 24 Aug 2023 05:01:45 +0000`, as Twilio's fields are.
    static func rfc2822(_ milliseconds: Int) -> String {
        format(milliseconds, "%a, %d %b %Y %H:%M:%S +0000")
    }

    /// `2023-08-24T05:01:45.123Z`.
    static func iso8601(_ milliseconds: Int) -> String {
        let fraction = String(1000 + milliseconds % 1000).dropFirst()
        return format(milliseconds, "%Y-%m-%dT%H:%M:%S") + ".\(fraction)Z"
    }

    private static func format(_ milliseconds: Int, _ pattern: String) -> String {
        var seconds = milliseconds / 1000
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, pattern, &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
