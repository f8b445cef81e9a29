public import Content

extension Mailbox {
    /// Reads `Name <address>` or a bare address. Nil when the address is none.
    public init?(parsing text: String) {
        guard let open = text.lastIndex(of: "<"), text.hasSuffix(">") else {
            guard AddressBook.isMailAddress(text) else { return nil }
            self.init(name: "", address: text)
            return
        }
        let address = String(text[text.index(after: open)...].dropLast())
        let name = text[..<open].drop { $0 == " " || $0 == "\"" }
        guard AddressBook.isMailAddress(address) else { return nil }
        self.init(name: String(name.reversed().drop { $0 == " " || $0 == "\"" }.reversed()), address: address)
    }
}
