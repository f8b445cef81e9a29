/// A complete answer: the status, the headers and the whole body.
public struct HTTPResponse: Sendable, Equatable {
    /// The status code, as `200`.
    public var status: Int
    /// The headers; look-up does not regard case.
    public var headers: HTTPHeaders
    /// The body, not decoded in any way.
    public var body: [UInt8]

    /// An answer made by hand, as tests do.
    public init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

extension HTTPHeaders {
    /// Reads the raw header block of the final response; the status line and lines without a colon are passed over.
    init(rawLines: [UInt8]) {
        self.init()
        fields.reserveCapacity(12)
        for line in rawLines.split(separator: UInt8(ascii: "\n")) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else { continue }
            let name = line[..<colon]
            guard !name.contains(UInt8(ascii: " ")) else { continue }
            var value = line[(colon + 1)...]
            while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
            while let last = value.last, last == 0x20 || last == 0x09 || last == 0x0D { value.removeLast() }
            append(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        }
    }
}
