extension Shape {
    /// The same shape with something added to its schema: what a conversion wants besides.
    public func documented(_ name: String, _ value: JSON) -> Shape {
        guard case .object(let members) = schema else { return self }
        let more = members.filter { $0.name != name } + [JSON.Member(name, value)]
        return Shape(schema: .object(more)) { json, pointer, state in read(json, at: pointer, &state) }
    }
}
