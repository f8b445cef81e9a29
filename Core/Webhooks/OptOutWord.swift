/// What a whole message asks of us by a word (D-16).
public enum OptOutWord: String, Sendable, CaseIterable {
    /// No more messages on this channel.
    case optOut = "opt_out"
    /// Messages again.
    case optIn = "opt_in"

    private static let outWords: Set<String> = [
        "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "arret", "desabonner", "revoke", "optout",
    ]
    /// Not YES, which is the usual answer to a booking.
    private static let inWords: Set<String> = ["start", "unstop"]

    /// What `message` asks; nil for anything but one of the words.
    ///
    /// Case, accents, punctuation and white space do not count: people write `Stop.`, `ARRÊT !` and `opt-out`. HELP is for the
    /// carrier, and a word within a sentence says nothing (`je ne veux pas stopper`).
    public static func classify(_ message: String) -> OptOutWord? {
        // The longest word with room for punctuation: whole messages are not folded for nothing.
        guard message.utf8.count <= 96, let words = words(message) else { return nil }
        // Two words are one only where the word itself is written so: `stop all`, `opt-out`.
        let word = words.joined()
        guard words.count == 1 || words == ["stop", "all"] || words == ["opt", "out"] else { return nil }
        return outWords.contains(word) ? .optOut : inWords.contains(word) ? .optIn : nil
    }

    /// The runs of letters, in lower case and without accents; nil where there is a digit or a letter that no word has.
    private static func words(_ message: String) -> [String]? {
        var words = [""]
        for scalar in message.lowercased().unicodeScalars {
            switch scalar {
            case "a"..."z": words[words.count - 1].unicodeScalars.append(scalar)
            case "è", "é", "ê", "ë": words[words.count - 1] += "e"
            // Accents that stand by themselves.
            case "\u{300}"..."\u{36F}": break
            case _ where scalar.properties.isAlphabetic || scalar.properties.numericType != nil: return nil
            default: words.append("")
            }
        }
        return words.filter { !$0.isEmpty }
    }
}
