extension Shape {
    /// An array of so many elements, each of one shape; every wrong element is named.
    public static func list<Element>(of element: Shape<Element>, _ count: ClosedRange<Int>) -> Shape where Value == [Element] {
        Shape(
            schema: [
                "type": "array", "items": element.schema, "minItems": .int(count.lowerBound), "maxItems": .int(count.upperBound),
            ]
        ) { json, pointer, state in
            guard case .array(let elements) = json else { return state.refuse(pointer, "an array is expected, not \(json.kind)") }
            guard count.contains(elements.count) else {
                return state.refuse(pointer, "must have \(count.lowerBound) to \(count.upperBound) elements")
            }
            var values: [Element] = []
            values.reserveCapacity(elements.count)
            for (index, json) in elements.enumerated() {
                if let value = element.read(json, at: pointer.appending(String(index)), &state) { values.append(value) }
            }
            return values.count == elements.count ? values : nil
        }
    }
}

extension Shape where Value == Double {
    /// A number, never an infinite one: JSON has none, but digits can say more than a double holds.
    ///
    /// - Parameter bound: its absolute value is at most this, a whole number.
    public static func number(within bound: Int) -> Shape {
        Shape(schema: ["type": "number", "minimum": .int(-bound), "maximum": .int(bound)]) { json, pointer, state in
            guard case .number(let text) = json else { return state.refuse(pointer, "a number is expected, not \(json.kind)") }
            guard let number = Double(text), abs(number) <= Double(bound) else {
                return state.refuse(pointer, "must be a number from -\(bound) to \(bound)")
            }
            return number
        }
    }
}
