import Content

/// A template in a file, with what is wrong with it.
struct TemplateFile {
    let path: String
    let bytes: [UInt8]
    let faults: [TemplateFault]

    /// Reads a file, or standard input under the name `-`; no more of it than tells that it is too long.
    init(_ path: String, as form: MessageForm) throws {
        self.path = path
        let file = try CSVFile(path)
        var bytes: [UInt8] = []
        while bytes.count <= TemplateCheck.maximumLength, try file.read(into: &bytes) {}
        self.bytes = bytes
        faults = TemplateCheck.faults(in: bytes, as: form)
    }

    /// Each fault on a line as compilers write them: `day_before.fr.mail.txt:3: …`.
    var complaint: String {
        faults.map { "\(path):\($0.line): \($0.message)" }.joined(separator: "\n")
    }

    /// For scripts.
    var json: JSONValue {
        .array(faults.map { .object([("line", .int(Int64($0.line))), ("message", .text($0.message))]) })
    }
}
