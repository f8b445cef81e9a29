internal import Primitives

/// What a provider sent us, as it came: the raw bytes are what is signed.
public struct WebhookRequest: Sendable {
    /// The method, in capitals.
    public var method: String
    /// The public URL, exactly as the provider has it: our public base and the raw target, nothing decoded. Never made of the
    /// request's own `Host`.
    public var url: String
    /// The headers in order.
    public var headers: [(name: String, value: String)]
    /// The raw body.
    public var body: [UInt8]

    /// A request.
    public init(method: String = "POST", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// The one value under a name, which compares without regard to case; nil where there is none, or more than one: whoever
    /// smuggles in a second signature must not choose which counts.
    func header(_ name: String) -> String? {
        let name = name.lowercased()
        let values = headers.filter { $0.name.lowercased() == name }
        return values.count == 1 ? values[0].value : nil
    }

    /// Whether the body is a form.
    var isForm: Bool { mediaType == "application/x-www-form-urlencoded" }

    /// The content type without its parameters, in lower case; empty where there is none.
    var mediaType: String {
        let value = header("Content-Type") ?? ""
        return value.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
    }

    /// The raw query of the URL, without a fragment; empty where there is none.
    var query: Substring {
        url.prefix { $0 != "#" }.drop { $0 != "?" }.dropFirst()
    }
}
