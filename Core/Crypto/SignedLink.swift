public import FoundationEssentials

/// What a signed link says: who may do what, until when.
///
/// It is written as `base64url(payload).base64url(mac)` by `SignedLinkKeys`. The payload is compact rather than JSON, so that a
/// link stays short enough for an SMS; it is signed, not secret, so it carries ids and never personal data.
public struct SignedLink: Sendable, Equatable {
    /// What the link is good for.
    public var purpose: LinkPurpose
    /// The ids it is about, in an order the purpose fixes (tenant, appointment, …).
    public var subjects: [String]
    /// The last instant it is good for, to the second.
    public var expiresAt: Date

    /// - Parameters:
    ///   - subjects: at most 255 ids of at most 255 UTF-8 bytes; more is a mistake of the caller.
    ///   - expiresAt: a fraction of a second is dropped.
    public init(purpose: LinkPurpose, subjects: [String], expiresAt: Date) {
        precondition(
            subjects.count <= 255 && subjects.allSatisfy { $0.utf8.count <= 255 },
            "A signed link carries at most 255 ids of at most 255 bytes")
        self.purpose = purpose
        self.subjects = subjects
        self.expiresAt = Date(timeIntervalSince1970: expiresAt.timeIntervalSince1970.rounded(.down))
    }
}

extension SignedLink {
    private static let version: UInt8 = 1

    /// Version, purpose, expiry (40 bits of seconds since 1970: until the year 36812), then each id after its length.
    var payload: [UInt8] {
        let seconds = UInt64(min(max(0, expiresAt.timeIntervalSince1970), 1_099_511_627_775))
        var bytes = [Self.version, purpose.rawValue]
        bytes += (0..<5).map { UInt8(truncatingIfNeeded: seconds >> (32 - 8 * UInt64($0))) }
        for subject in subjects {
            bytes.append(UInt8(subject.utf8.count))
            bytes += subject.utf8
        }
        return bytes
    }

    /// Nil for bytes that `payload` would never write.
    init?(payload: [UInt8]) {
        guard payload.count >= 7, payload[0] == Self.version, let purpose = LinkPurpose(rawValue: payload[1]) else { return nil }
        let seconds = payload[2..<7].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var subjects: [String] = []
        var rest = payload[7...]
        while let count = rest.popFirst() {
            guard rest.count >= count, let subject = String(validating: rest.prefix(Int(count)), as: UTF8.self) else {
                return nil
            }
            subjects.append(subject)
            rest = rest.dropFirst(Int(count))
        }
        guard subjects.count <= 255 else { return nil }
        self.init(purpose: purpose, subjects: subjects, expiresAt: Date(timeIntervalSince1970: Double(seconds)))
    }
}
