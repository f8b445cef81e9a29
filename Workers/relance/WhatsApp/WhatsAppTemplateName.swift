import Content
import Runtime

/// Names of messages that go by WhatsApp: message and language, as `closer_booked.fr` (D-14).
enum WhatsAppTemplateName {
    static let operand = Operand(name: "NAME", what: "the message's name, such as closer_booked.fr,")
    static let tenant = Flag("--tenant", "ID", "the organisation (needed)")

    /// Every name there is.
    static var all: [String] {
        AppointmentTemplate.allCases.filter { $0.channels.contains(.whatsApp) }.flatMap { template in
            Language.allCases.map { "\(template.rawValue).\($0.rawValue)" }
        }
    }

    /// Reads one.
    static func read(_ name: String) throws(UsageError) -> String {
        guard all.contains(name) else { throw UsageError("\(name): no such message; there are \(all.joined(separator: ", "))") }
        return name
    }

    /// Reads the id that Meta's approval goes by at Twilio.
    static func readContentSID(_ text: String) throws(UsageError) -> String {
        let digits = text.dropFirst(2)
        guard text.hasPrefix("HX"), digits.utf8.count == 32, digits.allSatisfy(\.isHexDigit) else {
            throw UsageError("\(text): Twilio's content SID is expected, HX and 32 hex digits")
        }
        return text
    }
}
