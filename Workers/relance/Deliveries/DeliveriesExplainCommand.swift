import Messaging
import Postgres
import Runtime

/// `relance deliveries explain`: the story of one message, and what to do about it.
enum DeliveriesExplainCommand: Command {
    static let name = "deliveries explain"
    static let summary = "tell the story of one message: what happened, why, and what to do next"
    static let operands = [Operand(name: "ID", what: "the message's number")]
    static let flags = [Flag.json]
    static let notes = """
        Addresses are masked, and what was written is not shown. With ADDRESS_HASH_KEY set as the workers have it,
        suppressions are also looked for where nothing has been sent yet.
        """
    static let examples = [
        (line: "deliveries explain 4711", purpose: ""),
        (line: "deliveries explain 4711 --json | jq -r '.next[].command'", purpose: "what may be typed next"),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let id = try RowNumber.read(arguments.operands[0], of: "message")
        let book = try HashedAddress.optionalBook()
        let story = try await connectToSchema().run { session throws in try read(id, book, session) }
        guard let story else { throw DeliveryFacts.unknown(id) }
        if arguments.has(.json) {
            print(JSONValue.object(story.json + [("next", .array(story.nextSteps.map(\.json)))]).text)
        } else {
            DeliveryStoryPage(story: story, terminal: .output).lines.forEach { print($0) }
        }
        return .ok
    }

    private static func read(_ id: Int64, _ book: AddressBook?, _ session: PostgresSession) throws -> DeliveryStory? {
        guard let recipient = try session.query(.readRecipient, [.int(id)]).first else { return nil }
        let raw = try recipient.optionalText("address")
        let channel = try recipient.text("channel")
        let region = try recipient.optionalText("region") ?? ""
        let address = raw.flatMap { channel == "email" ? $0 : AddressBook.phoneNumber($0, region: region) }
        let hash = try recipient.optionalText("address_hash") ?? address.flatMap { address in book?.hash(address) }
        let rows = try session.query(.explainDelivery, [.int(id), .optional(hash), .text(MessageChannel.queue)])
        return try rows.first.map { row in
            try DeliveryStory(
                row, address: (address ?? raw).map { AddressBook.masked($0) }, isAddressKnown: hash != nil)
        }
    }
}

extension SQLStatement {
    fileprivate static let readRecipient = SQLStatement(embedded: PackageResources.read_recipient_sql)
    fileprivate static let explainDelivery = SQLStatement(embedded: PackageResources.explain_delivery_sql)
}
