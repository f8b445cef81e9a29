private import FoundationEssentials

/// In which country a time zone lies: where a phone number without a country code is meant.
struct ZoneCountries: Sendable {
    private let countries: [String: String]

    /// Reads the table that comes with the system's time zones (Debian's tzdata, on which libical depends).
    init(path: String = "/usr/share/zoneinfo/zone.tab") {
        let table = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let rows = table.split(separator: "\n").lazy.filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\t") }
        countries = Dictionary(rows.filter { $0.count >= 3 }.map { (String($0[2]), String($0[0])) }) { first, _ in first }
    }

    /// The country's ISO 3166 code; France where the zone lies in no country, as the schema has it.
    func region(of zone: String) -> String { countries[zone] ?? "FR" }

    /// The language an organisation of that country is written to in, until it says otherwise.
    func locale(of zone: String) -> String { region(of: zone) == "CA" ? "en-CA" : "fr-FR" }
}
