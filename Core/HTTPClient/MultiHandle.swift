private import CCurl

/// A set of transfers that share one thread and one store of connections.
///
/// The corresponding C type is `CURLM`. Everything but `curl_multi_wakeup` stays on the thread that runs the loop.
struct MultiHandle: ~Copyable {
    /// The C handle; valid for as long as this value lives.
    let pointer: UnsafeMutableRawPointer

    init(adopting pointer: UnsafeMutableRawPointer) {
        self.pointer = pointer
    }

    /// Makes the set; nil when memory or descriptors have run out.
    static func open(_ configuration: HTTPClientConfiguration) -> MultiHandle? {
        guard isLibraryReady, let pointer = curl_multi_init() else { return nil }
        let handle = MultiHandle(adopting: pointer)
        // How many are in use is decided by `Admission`; this is how many stay open between requests.
        relance_curl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, configuration.maxConnections)
        return handle
    }

    deinit {
        curl_multi_cleanup(pointer)
    }

    /// Set up once, at the first send: it loads OpenSSL's tables, which a run without a request need not pay for.
    /// Debian's libcurl has the `threadsafe` feature, so that another thread may be in any library meanwhile.
    private static let isLibraryReady = relance_curl_global_init() == CURLE_OK
}
