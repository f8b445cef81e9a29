private import Glibc

/// Waiting for descriptors with an exact deadline, on a plain thread.
enum Polling {
    /// Waits until one of the descriptors can be read, or written, or has failed.
    ///
    /// The corresponding C function is `poll`.
    /// - Parameters:
    ///   - readers: Descriptors awaited for reading; an earlier one wins over a later one.
    ///   - writer: One awaited for writing.
    ///   - deadline: When to give up; nil for never.
    /// - Returns: A descriptor that is ready, or nil when the deadline has passed.
    static func wait(for readers: [Int32], writer: Int32? = nil, deadline: ContinuousClock.Instant?) -> Int32? {
        var waits = readers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        if let writer { waits.append(pollfd(fd: writer, events: Int16(POLLOUT), revents: 0)) }
        while true {
            let limit = deadline.map { Int32(clamping: ContinuousClock.now.duration(to: $0).milliseconds) } ?? -1
            let ready = poll(&waits, nfds_t(waits.count), deadline == nil ? -1 : max(0, limit))
            if ready > 0 { return waits.first { $0.revents != 0 }?.fd }
            // Interrupted by a signal: look at the clock and go on.
            if ready == 0, limit < Int32.max { return nil }
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, so that no wait ends before its time and no ttl becomes zero.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
        let parts = rest > 0 ? whole + 1 : whole
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? (seconds < 0 ? .min : .max) : product.addingReportingOverflow(parts).partialValue
    }
}
