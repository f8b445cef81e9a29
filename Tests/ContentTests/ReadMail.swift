/// A mail as Python's `email` package understands it.
struct ReadMail: Decodable {
    struct Part: Decodable {
        let type: String
        let charset: String?
        let disposition: String?
        let filename: String?
        let parameters: [String: String]
        let text: String
    }

    static let script = """
        import sys, json, email
        from email import policy
        from email.header import decode_header, make_header
        from email.utils import getaddresses
        def read(document):
            message = email.message_from_bytes(document, policy=policy.default)
            # Python 3.11's own display_name puts blanks between encoded words (RFC 2047 §6.2 does not).
            raw = email.message_from_bytes(document)
            def party(name):
                return [[str(make_header(decode_header(n))), a] for n, a in getaddresses(raw.get_all(name, []))]
            parts, kinds = [], []
            for part in message.walk():
                kinds.append(part.get_content_type())
                if part.is_multipart(): continue
                parts.append({"type": part.get_content_type(), "charset": part.get_content_charset(),
                    "disposition": part.get_content_disposition(), "filename": part.get_filename(),
                    "parameters": dict(part["Content-Type"].params), "text": part.get_payload(decode=True).decode("utf-8")})
            defects = [str(d) for p in message.walk() for d in p.defects] + [str(d) for v in message.values() for d in v.defects]
            return {"headers": message.keys(), "listUnsubscribe": message.get_all("List-Unsubscribe", []),
                "oneClick": message.get_all("List-Unsubscribe-Post", []), "subject": message["Subject"], "from": party("From"), "to": party("To"),
                "replyTo": party("Reply-To"), "date": message["Date"].datetime.isoformat(), "messageID": message["Message-ID"],
                "kinds": kinds, "parts": parts, "defects": defects}
        """

    let headers: [String]
    let listUnsubscribe: [String]
    let oneClick: [String]
    let subject: String
    let from: [[String]]
    let to: [[String]]
    let replyTo: [[String]]
    let date: String
    let messageID: String
    let kinds: [String]
    let parts: [Part]
    let defects: [String]

    static func all(_ documents: [[UInt8]]) throws -> [Self] {
        try PythonReader.read(documents, script: script, as: Self.self)
    }

    init(_ bytes: [UInt8]) throws {
        self = try Self.all([bytes])[0]
    }
}
