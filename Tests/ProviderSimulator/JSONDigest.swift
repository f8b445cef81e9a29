/// Makes JSON short before it is decoded: decoding the HTML of each mail would be most of the simulator's work.
enum JSONDigest {
    /// The same document with every string over 1 KiB replaced by `AAAA`, which is no empty value and valid base 64.
    ///
    /// No rule here looks into long strings. Their control characters are looked for all the same, as JSON allows none.
    static func shorten(_ document: [UInt8]) -> [UInt8]? {
        guard document.count > 1024 else { return document }
        return document.withUnsafeBufferPointer { bytes in
            var short: [UInt8] = []
            short.reserveCapacity(2048)
            var copied = 0
            var index = 0
            while index < bytes.count {
                guard bytes[index] == UInt8(ascii: "\"") else {
                    index += 1
                    continue
                }
                let start = index + 1
                index = start
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    guard bytes[index] >= 0x20 else { return nil }
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard index < bytes.count else { return nil }
                if index - start > 1024 {
                    short.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[copied..<start]))
                    short.append(contentsOf: "AAAA".utf8)
                    copied = index
                }
                index += 1
            }
            short.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[copied...]))
            return short
        }
    }
}
