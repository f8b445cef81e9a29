/// Seconds in the words of a person who glances at them.
enum Age {
    /// Such as `40 s`, `12 min`, `3 h`, `9 d`.
    static func text(_ seconds: Int64) -> String {
        switch abs(seconds) {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) d"
        }
    }

    /// The same for what may be missing.
    static func text(_ seconds: Int64?) -> String? { seconds.map { text($0) } }
}
