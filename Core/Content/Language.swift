/// The languages that messages are written in.
public enum Language: String, Sendable, CaseIterable {
    /// French, as France writes it.
    case french = "fr"
    /// English, as North America writes it.
    case english = "en"

    /// The language of a locale such as "fr-FR", "en_CA" or "EN"; French for any other, or for none.
    public init(locale: String?) {
        let code = locale?.prefix { $0 != "-" && $0 != "_" && $0 != "." }.lowercased()
        self = code.flatMap(Language.init(rawValue:)) ?? .french
    }
}
