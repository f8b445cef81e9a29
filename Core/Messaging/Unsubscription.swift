public import Crypto
public import FoundationEssentials
import Postgres
public import Queue

/// An address that wants no more marketing, by one click (RFC 8058, D-16).
///
/// The link names tenant, channel and the address's hash: it reveals nothing, works without the row of a lead, and outlives
/// its erasure.
public struct Unsubscription: Sendable, Equatable {
    /// Whose messages.
    public let tenantID: String
    /// On which channel.
    public let channel: MessageChannel
    /// The address, as `AddressBook` hashes it (hex).
    public let addressHash: String

    /// - Parameter addressHash: hex.
    public init(tenantID: String, channel: MessageChannel, addressHash: String) {
        self.tenantID = tenantID
        self.channel = channel
        self.addressHash = addressHash
    }

    /// What a verified link stands for; nil where its subjects are none that `link` would write.
    public init?(_ link: SignedLink) {
        guard link.purpose == .unsubscribe, link.subjects.count == 3, let channel = MessageChannel(rawValue: link.subjects[1]),
            let hash = Hex.decode(link.subjects[2]), !hash.isEmpty
        else { return nil }
        self.init(tenantID: link.subjects[0], channel: channel, addressHash: link.subjects[2])
    }

    /// The link's content, to be signed.
    public func link(expiresAt: Date) -> SignedLink {
        SignedLink(purpose: .unsubscribe, subjects: [tenantID, channel.rawValue, addressHash], expiresAt: expiresAt)
    }

    /// The statement that keeps marketing from the address. Once is as good as often.
    public var statement: JobQueue.Bound {
        (
            .suppressAddresses,
            [
                .texts([tenantID]), .texts([channel.rawValue]), .texts([addressHash]), .texts(["marketing"]),
                .texts(["unsubscribed"]), .texts([nil]),
            ]
        )
    }
}
