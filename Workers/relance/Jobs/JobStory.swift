private import FoundationEssentials

/// A job's story, read back from the database's JSON, for people.
struct JobStory {
    private let story: [String: Field]

    /// - Throws: when the database answered with something else.
    init(_ json: String) throws { story = try JSONDecoder().decode([String: Field].self, from: Data(json.utf8)) }

    /// Prints it, part by part; what is null is left out.
    func print() {
        part(
            "Job", story["job"],
            order: ["id", "state", "kind", "queue", "tenant_id", "reason", "attempts", "max_attempts", "crashes"])
        part(
            "Message", story["delivery"],
            order: ["id", "state", "reason", "kind", "step", "channel", "subject", "recipient_type"])
        list("Attempts to send", story["delivery_attempts"], ["opened_at", "provider", "outcome", "code", "message"])
        list("By hand", story["operator_actions"], ["done_at", "operator", "action", "reason"])
    }

    private func part(_ title: String, _ field: Field?, order: [String]) {
        guard case .object(let members) = field else { return }
        let names = order.filter { members[$0] != nil } + members.keys.filter { !order.contains($0) && $0 != "errors" }.sorted()
        let lines = names.compactMap { name in members[name]?.text.map { (name, $0) } }
        Swift.print(Style.strong.applied(to: title, on: .output))
        Swift.print(CommandHelp.aligned(lines))
        list("Errors", members["errors"], ["at", "attempt", "by", "error"])
    }

    private func list(_ title: String, _ field: Field?, _ names: [String]) {
        guard case .array(let items) = field, !items.isEmpty else { return }
        Swift.print(Style.strong.applied(to: title, on: .output))
        for case .object(let members) in items {
            Swift.print("  " + names.compactMap { members[$0]?.text }.joined(separator: "  "))
        }
    }

    /// Any JSON value.
    private enum Field: Decodable {
        case null
        case text(String)
        case array([Field])
        case object([String: Field])

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let text = try? value.decode(String.self) {
                self = .text(text)
            } else if let flag = try? value.decode(Bool.self) {
                self = .text(flag ? "yes" : "no")
            } else if let number = try? value.decode(Int64.self) {
                self = .text(String(number))
            } else if let items = try? value.decode([Field].self) {
                self = .array(items)
            } else {
                self = .object(try value.decode([String: Field].self))
            }
        }

        /// On one line; nil where there is nothing to tell.
        var text: String? {
            switch self {
            case .null: nil
            case .text(let text): text
            case .array(let items): items.isEmpty ? nil : items.compactMap(\.text).joined(separator: ", ")
            case .object(let members):
                members.isEmpty
                    ? nil : members.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text ?? "–")" }.joined(separator: ", ")
            }
        }
    }
}
