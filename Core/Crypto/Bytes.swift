/// Lends the bytes of any collection as one run, copying only those that are not stored that way.
func withContiguousBytes<Result>(
    _ bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Result
) -> Result {
    if let result = bytes.withContiguousStorageIfAvailable(body) {
        return result
    }
    return Array(bytes).withUnsafeBufferPointer(body)
}

/// The `count` bytes that a C function writes.
///
/// OpenSSL refuses the fixed algorithms used here only when it is broken (out of memory, no entropy). Going on would sign with
/// zeros, so that is the one place where the process must end.
func outputOfC(count: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Bool) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        guard count > 0, let start = buffer.baseAddress else { return }
        guard write(start) else {
            preconditionFailure("OpenSSL refused a basic operation: its installation is broken or memory is exhausted")
        }
        initialized = count
    }
}
