import Content
import Runtime

/// `relance templates check`: what is wrong with a template, before it is saved.
enum TemplatesCheckCommand: Command {
    static let name = "templates check"
    static let summary = "say what is wrong with a template in a file, all of it at once"
    static let operands = [Operand(name: "FILE", what: "the template's file")]
    static let flags = [TemplateFlags.form, .json]
    static let notes =
        "Needs no database. FILE is - for standard input. Exits with 65 when there is a fault.\n\n" + TemplateFlags.vocabulary
    static let examples = [
        (line: "templates check day_before.fr.mail.html", purpose: ""),
        (line: "templates check --form short.txt -", purpose: "from standard input"),
    ]

    static func run(_ arguments: Arguments) async throws -> ExitCode {
        let path = arguments.operands[0]
        guard let form = try TemplateFlags.form(arguments, file: path) else {
            throw UsageError("--form is missing: the file's name does not end with one of the forms")
        }
        let file = try TemplateFile(path, as: form)
        if arguments.has(.json) {
            print(JSONValue.object([("form", .text(form.rawValue)), ("faults", file.json)]).text)
        } else if file.faults.isEmpty {
            print("\(path): nothing wrong. `relance templates set NAME --tenant ID --file \(path)` saves it.")
        } else {
            print(file.complaint)
        }
        return file.faults.isEmpty ? .ok : .data
    }
}
