import API
import Foundation
import Primitives

/// Holds a JSON value against a JSON Schema, as far as our declarations use it: a keyword that is not known here is a fault, so
/// that none is taken for checked. An object may have no member that its schema does not name.
struct SchemaCheck {
    /// What `#/components/schemas/…` refers to.
    let schemas: JSON
    private(set) var faults: [String] = []

    init(schemas: JSON) { self.schemas = schemas }

    mutating func check(_ json: JSON, _ schema: JSON, at place: String = "") {
        guard case .object(let keywords) = schema else { return fault(place, "its schema is no object") }
        let names = keywords.map(\.name)
        if let reference = schema["$ref"]?.text {
            guard let target = schemas[String(reference.split(separator: "/").last ?? "")] else {
                return fault(place, "refers to nothing: \(reference)")
            }
            return check(json, target, at: place)
        }
        for keyword in keywords { check(json, keyword, in: schema, isOpen: names.contains("additionalProperties"), at: place) }
    }

    private mutating func fault(_ place: String, _ what: String) { faults.append("\(place.isEmpty ? "/" : place): \(what)") }

    private mutating func check(_ json: JSON, _ keyword: JSON.Member, in schema: JSON, isOpen: Bool, at place: String) {
        switch keyword.name {
        case "description": break
        case "type":
            let types = keyword.value.elements?.compactMap(\.text) ?? [keyword.value.text ?? ""]
            if !types.contains(where: { Self.isOf($0, json) }) { fault(place, "is no \(types.joined(separator: " or "))") }
        case "enum":
            if keyword.value.elements?.contains(json) != true { fault(place, "is none of the words declared") }
        case "const":
            if keyword.value != json { fault(place, "is not what is declared") }
        case "properties":
            guard case .object(let members) = json else { return }
            for member in members {
                if let inner = keyword.value[member.name] {
                    check(member.value, inner, at: "\(place)/\(member.name)")
                } else if !isOpen {
                    fault("\(place)/\(member.name)", "is not declared")
                }
            }
        case "required":
            for name in keyword.value.elements?.compactMap(\.text) ?? [] where json[name] == nil {
                if case .object = json { fault("\(place)/\(name)", "is missing") }
            }
        case "additionalProperties": checkAdditional(json, keyword.value, beside: schema["properties"] ?? [:], at: place)
        case "items":
            for (index, element) in (json.elements ?? []).enumerated() {
                check(element, keyword.value, at: "\(place)/\(index)")
            }
        case "format": checkFormat(json, keyword.value.text ?? "", at: place)
        case "minimum":
            if let number = Self.number(json), let bound = Self.number(keyword.value), number < bound {
                fault(place, "is too small")
            }
        case "maximum":
            if let number = Self.number(json), let bound = Self.number(keyword.value), number > bound {
                fault(place, "is too large")
            }
        case "pattern":
            guard let text = json.text, let pattern = keyword.value.text else { return }
            if text.range(of: pattern, options: .regularExpression) == nil { fault(place, "does not match \(pattern)") }
        case "minItems", "maxItems", "minLength", "maxLength": checkLength(json, keyword, at: place)
        default: fault(place, "is declared with \(keyword.name), which this check does not know")
        }
    }

    private mutating func checkAdditional(_ json: JSON, _ schema: JSON, beside declared: JSON, at place: String) {
        guard case .object(let members) = json else { return }
        for member in members where declared[member.name] == nil {
            switch schema {
            case .bool(true): break
            case .bool(false): fault("\(place)/\(member.name)", "is not declared")
            default: check(member.value, schema, at: "\(place)/\(member.name)")
            }
        }
    }

    private mutating func checkFormat(_ json: JSON, _ format: String, at place: String) {
        guard let text = json.text else { return }
        switch format {
        case "uuid": if UUID(uuidString: text) == nil { fault(place, "is no UUID") }
        case "date-time": if Timestamp(text) == nil { fault(place, "is no instant") }
        case "uri": if URL(string: text)?.scheme == nil { fault(place, "is no URL") }
        default: fault(place, "has a format that this check does not know: \(format)")
        }
    }

    private mutating func checkLength(_ json: JSON, _ keyword: JSON.Member, at place: String) {
        let length = keyword.name.hasSuffix("Items") ? json.elements?.count : json.text?.unicodeScalars.count
        guard let length, let bound = Self.number(keyword.value).map({ Int($0) }) else { return }
        if keyword.name.hasPrefix("min") ? length < bound : length > bound {
            fault(place, "has \(length), not \(keyword.name) \(bound)")
        }
    }

    private static func number(_ json: JSON) -> Double? {
        if case .number(let text) = json { Double(text) } else { nil }
    }

    private static func isOf(_ type: String, _ json: JSON) -> Bool {
        switch (type, json) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object),
            ("number", .number):
            true
        case ("integer", .number(let text)): Int(text) != nil
        default: false
        }
    }
}
