import Runtime

/// What the commands about alerts have in common.
enum AlertFlags {
    static let severity = Flag("--severity", "WORD", "high, med or low")
    static let type = Flag("--type", "NAME", "such as NoContact7d")
    static let lead = Flag("--lead", "ID", "alerts about this lead")
    static let all = Flag("--all", nil, "resolved ones too")
    static let channel = Flag("--channel", "WORD", "email, sms or whatsapp, instead of the suggested one")
    static let severities = ["high", "med", "low"]
    static let types = ["NoContact7d", "NoReply3d", "StaleLead30d", "HighValueRisk", "HotLead24h", "PreferredChannel"]

    /// An alert's id as typed.
    static func id(_ text: String) throws(UsageError) -> String {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        guard groups.map(\.count) == [8, 4, 4, 4, 12], groups.allSatisfy({ $0.allSatisfy(\.isHexDigit) }) else {
            throw UsageError("\(text): no alert's id; `relance alerts list` shows them")
        }
        return text.lowercased()
    }
}
