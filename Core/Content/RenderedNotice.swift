/// A notice for the application.
public struct RenderedNotice: Sendable, Equatable {
    /// One line.
    public var title: String
    /// A sentence or two.
    public var body: String

    /// - Parameters: as the properties of the same names say.
    public init(title: String, body: String) {
        self.title = title
        self.body = body
    }
}
