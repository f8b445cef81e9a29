import API
import TestSupport

/// Bodies from a seed: nonsense, and sound ones that were damaged as values and as bytes.
struct HostileBodies {
    /// Values to damage: making each anew would cost more than all that is tested.
    private var pool: [[UInt8]] = []
    private var random: SplitMix

    init(like sound: String, seed: UInt64) {
        random = SplitMix(state: seed)
        let bytes = Array(sound.utf8)
        let json = try? JSONReader.read(bytes)
        pool = (0..<150).map { _ in json.map { deformed($0, depth: 0).bytes } ?? bytes }
        pool += (0..<30).map { _ in value(depth: 0).bytes }
    }

    mutating func body() -> [UInt8] {
        switch Int.random(in: 0..<40, using: &random) {
        case 0, 1, 2:
            return (0..<Int.random(in: 0..<200, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 3: return Array(String(repeating: "[", count: Int.random(in: 1..<30_000, using: &random)).utf8)
        case 4: return Array(String(repeating: #"{"a":"#, count: Int.random(in: 1..<5000, using: &random)).utf8)
        case 5: return [UInt8](repeating: 0x20, count: Int.random(in: 1..<300_000, using: &random))
        default: return damaged(pool.randomElement(using: &random) ?? [])
        }
    }

    /// Bytes that are changed, lost, put in and cut off.
    private mutating func damaged(_ sound: [UInt8]) -> [UInt8] {
        var bytes = sound
        for _ in 0..<Int.random(in: 0..<3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(contentsOf: Self.poison.randomElement(using: &random) ?? [], at: index)
            default: bytes.removeLast(bytes.count - index)
            }
        }
        return bytes
    }

    private static let poison: [[UInt8]] = [
        [0], [0xFF, 0xFE], Array(#"\u0000"#.utf8), Array(#"\ud800"#.utf8), Array("1e309".utf8), Array("\"id\":1,".utf8),
        [UInt8](repeating: 0x39, count: 400), Array("'; drop table leads; --".utf8), [0xED, 0xA0, 0x80],
        Array("\u{202E}".utf8),
    ]

    /// The value with members that are missing, strange, of another type, there twice.
    private mutating func deformed(_ json: JSON, depth: Int) -> JSON {
        if Int.random(in: 0..<12, using: &random) == 0 { return value(depth: depth) }
        switch json {
        case .array(let elements):
            let copies = Int.random(in: 0..<20, using: &random) == 0 ? Int.random(in: 0..<1100, using: &random) : 1
            return .array((0..<copies).flatMap { _ in elements.map { deformed($0, depth: depth + 1) } })
        case .object(let members):
            var list: [JSON.Member] = []
            for member in members {
                let fate = Int.random(in: 0..<30, using: &random)
                if fate == 0 { continue }
                list.append(
                    JSON.Member(fate == 1 ? member.name + "é" : member.name, deformed(member.value, depth: depth + 1)))
                if fate == 2 { list.append(member) }
            }
            return .object(list)
        default: return json
        }
    }

    private mutating func value(depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth > 5 ? 8 : 10), using: &random) {
        case 0: return .null
        case 1: return .number("-0")
        case 2: return .number("1\(String(repeating: "0", count: Int.random(in: 0..<60, using: &random)))")
        case 3: return .number("0.\(Int.random(in: 0..<999, using: &random))E-\(Int.random(in: 0..<9999, using: &random))")
        case 4: return .bool(true)
        case 5: return .written("\"\\u\(["0000", "00e9", "d83d\\ude00", "dfff"].randomElement(using: &random) ?? "")\"")
        case 6: return .string(String(repeating: "é", count: Int.random(in: 0..<400, using: &random)))
        case 7:
            return .string(
                ["2999-99-99T99:99:99Z", "a@b", "+33", "Europe/Paris'", "%00", "\u{7F}\u{200B}"].randomElement(using: &random)
                    ?? "")
        case 8: return .array((0..<3).map { _ in value(depth: depth + 1) })
        default: return .object((0..<3).map { JSON.Member("k\($0)", value(depth: depth + 1)) })
        }
    }
}
