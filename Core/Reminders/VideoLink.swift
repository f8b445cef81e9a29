import FoundationEssentials

/// Where a call is held on the web (K-27).
struct VideoLink {
    /// Early enough to try camera and microphone.
    private static let opensBefore = 3600.0
    /// Late enough for a call that runs over; a lost connection is taken up again.
    private static let closesAfter = 4 * 3600.0
    /// In scalars: the name travels in the link.
    private static let nameLimit = 60

    let tenantID: String
    let appointmentID: String
    /// `lead:id` or `user:id`: whoever gets the link joins as nobody else.
    let identity: String
    let name: String
    let startsAt: Date
    let endsAt: Date

    /// The application's page for a call of our own, with the reader's token; nil where no token is to be had.
    ///
    /// A room is named `tenant:appointment`, since an appointment's id is unique within its organisation only.
    func address(_ setting: ReminderSource.Setting) -> String? {
        let token = setting.videoToken?(
            "\(tenantID):\(appointmentID)", identity,
            String(String.UnicodeScalarView(name.unicodeScalars.prefix(Self.nameLimit))),
            startsAt.addingTimeInterval(-Self.opensBefore), endsAt.addingTimeInterval(Self.closesAfter))
        return token.map { "\(setting.frontendURL)/call/\(Self.escaped(appointmentID))?token=\(Self.escaped($0))" }
    }

    /// Everything but RFC 3986's unreserved characters as percent signs and hex.
    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += byte < 16 ? "%0\(hex)" : "%\(hex)"
            }
        }
    }
}
