private import CCurl

/// One transfer slot of libcurl, used again for request after request.
///
/// The corresponding C type is `CURL`. It belongs to the loop's thread alone.
struct EasyHandle: ~Copyable {
    /// The C handle; valid for as long as this value lives.
    let pointer: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?

    init(adopting pointer: UnsafeMutableRawPointer) {
        self.pointer = pointer
    }

    /// Makes a slot; nil when memory has run out.
    static func open() -> EasyHandle? {
        curl_easy_init().map { EasyHandle(adopting: $0) }
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headers)
    }

    /// Forgets the last request but keeps libcurl's buffers.
    mutating func reset() {
        curl_easy_reset(pointer)
        curl_slist_free_all(headers)
        headers = nil
    }

    /// Sets everything that a request says; callbacks are set by their owner.
    mutating func prepare(_ submission: Submission, _ configuration: HTTPClientConfiguration) {
        let request = submission.request
        relance_curl_set_long(pointer, CURLOPT_NOSIGNAL, 1)
        // A name server that does not answer must not hold up the other transfers when this one is given up.
        relance_curl_set_long(pointer, CURLOPT_QUICK_EXIT, 1)
        relance_curl_set_string(pointer, CURLOPT_PROTOCOLS_STR, "http,https")
        // Only the configuration decides where requests go, never `http_proxy` in some environment.
        relance_curl_set_string(pointer, CURLOPT_PROXY, "")
        if let file = configuration.certificateAuthorities { relance_curl_set_string(pointer, CURLOPT_CAINFO, file) }
        relance_curl_set_string(pointer, CURLOPT_USERAGENT, configuration.userAgent)
        relance_curl_set_long(
            pointer, CURLOPT_HTTP_VERSION,
            Int(configuration.allowsHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
        relance_curl_set_long(pointer, CURLOPT_PIPEWAIT, configuration.allowsHTTP2 ? 1 : 0)
        let idleSeconds = configuration.idleConnectionTimeout.wholeMilliseconds / 1000
        relance_curl_set_long(pointer, CURLOPT_MAXAGE_CONN, max(1, idleSeconds))
        relance_curl_set_string(pointer, CURLOPT_URL, request.url)
        relance_curl_set_long(
            pointer, CURLOPT_TIMEOUT_MS, max(1, ContinuousClock.now.duration(to: submission.deadline).wholeMilliseconds))
        relance_curl_set_long(pointer, CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectTimeout.wholeMilliseconds))
        setMethod(request)
        setHeaders(request)
    }

    /// The body is copied, since libcurl reads it while the loop does other things.
    private func setMethod(_ request: HTTPRequest) {
        switch request.method {
        case .get: relance_curl_set_long(pointer, CURLOPT_HTTPGET, 1)
        case .head: relance_curl_set_long(pointer, CURLOPT_NOBODY, 1)
        case .delete where request.body.isEmpty: relance_curl_set_string(pointer, CURLOPT_CUSTOMREQUEST, "DELETE")
        case .post, .put, .patch, .delete:
            relance_curl_set_long(pointer, CURLOPT_POST, 1)
            relance_curl_set_size(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
            request.body.withUnsafeBytes { bytes in
                let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                _ = relance_curl_set_pointer(pointer, CURLOPT_COPYPOSTFIELDS, start)
            }
            // An empty array has no address, and without any libcurl would read a body from standard input.
            if request.body.isEmpty { relance_curl_set_string(pointer, CURLOPT_COPYPOSTFIELDS, "") }
            if request.method != .post { relance_curl_set_string(pointer, CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
        }
    }

    private mutating func setHeaders(_ request: HTTPRequest) {
        for field in request.headers.fields {
            // libcurl takes `Name:` for "leave this header out" and wants `Name;` for an empty value.
            headers = curl_slist_append(headers, field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // Waiting for `100 Continue` would cost a second wherever the server does not know it.
        headers = curl_slist_append(headers, "Expect:")
        if request.method.mayCarryBody, request.headers["Content-Type"] == nil {
            headers = curl_slist_append(headers, "Content-Type:")
        }
        relance_curl_set_headers(pointer, headers)
    }

    /// The status of the last answer.
    var status: Int { number(CURLINFO_RESPONSE_CODE) }

    /// The bytes of requests handed to the network since the transfer began, over all of libcurl's tries.
    var requestBytes: Int { number(CURLINFO_REQUEST_SIZE) }

    private func number(_ info: CURLINFO) -> Int {
        var value = 0
        return relance_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }
}

extension Duration {
    /// Whole milliseconds, bounded so that they fit libcurl's 32-bit sums.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        return Int(min(seconds, 2_000_000)) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
    }
}
