private import CCurl

/// One transfer slot of libcurl, used again for request after request.
///
/// The corresponding C type is `CURL`. It belongs to the loop's thread alone.
struct EasyHandle: ~Copyable {
    /// The C handle; valid for as long as this value lives.
    let pointer: UnsafeMutableRawPointer
    /// What libcurl does not copy: the headers, or the recipients.
    private var list: UnsafeMutablePointer<curl_slist>?

    init(adopting pointer: UnsafeMutableRawPointer) {
        self.pointer = pointer
    }

    /// Makes a slot; nil when memory has run out.
    static func open() -> EasyHandle? {
        curl_easy_init().map { EasyHandle(adopting: $0) }
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(list)
    }

    /// Forgets the last request but keeps libcurl's buffers.
    mutating func reset() {
        curl_easy_reset(pointer)
        curl_slist_free_all(list)
        list = nil
    }

    /// Sets everything that a request or a mail says; callbacks are set by their owner.
    mutating func prepare(_ submission: Submission, _ configuration: HTTPClientConfiguration) {
        relance_curl_set_long(pointer, CURLOPT_NOSIGNAL, 1)
        // A name server that does not answer must not hold up the other transfers when this one is given up.
        relance_curl_set_long(pointer, CURLOPT_QUICK_EXIT, 1)
        // Only the configuration decides where requests go, never `http_proxy` in some environment.
        relance_curl_set_string(pointer, CURLOPT_PROXY, "")
        if let file = configuration.certificateAuthorities { relance_curl_set_string(pointer, CURLOPT_CAINFO, file) }
        let idleSeconds = configuration.idleConnectionTimeout.wholeMilliseconds / 1000
        relance_curl_set_long(pointer, CURLOPT_MAXAGE_CONN, max(1, idleSeconds))
        relance_curl_set_string(pointer, CURLOPT_URL, submission.work.url)
        relance_curl_set_long(
            pointer, CURLOPT_TIMEOUT_MS, max(1, ContinuousClock.now.duration(to: submission.deadline).wholeMilliseconds))
        switch submission.work {
        case .request(let request): setRequest(request, configuration)
        case .mail(let mail): setMail(mail)
        }
    }

    private mutating func setRequest(_ request: HTTPRequest, _ configuration: HTTPClientConfiguration) {
        relance_curl_set_string(pointer, CURLOPT_PROTOCOLS_STR, "http,https")
        relance_curl_set_string(pointer, CURLOPT_USERAGENT, configuration.userAgent)
        relance_curl_set_long(
            pointer, CURLOPT_HTTP_VERSION,
            Int(configuration.allowsHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
        relance_curl_set_long(pointer, CURLOPT_PIPEWAIT, configuration.allowsHTTP2 ? 1 : 0)
        relance_curl_set_long(pointer, CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectTimeout.wholeMilliseconds))
        setMethod(request)
        setHeaders(request)
    }

    private mutating func setMail(_ mail: MailTransfer) {
        relance_curl_set_string(pointer, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        let encryption: curl_usessl =
            switch mail.encryption {
            case .required: CURLUSESSL_ALL
            case .opportunistic: CURLUSESSL_TRY
            case .never: CURLUSESSL_NONE
            }
        relance_curl_set_long(pointer, CURLOPT_USE_SSL, Int(encryption.rawValue))
        if let user = mail.user { relance_curl_set_string(pointer, CURLOPT_USERNAME, user) }
        if let password = mail.password { relance_curl_set_string(pointer, CURLOPT_PASSWORD, password) }
        relance_curl_set_string(pointer, CURLOPT_MAIL_FROM, mail.sender)
        list = curl_slist_append(nil, mail.recipient)
        relance_curl_set_list(pointer, CURLOPT_MAIL_RCPT, list)
        relance_curl_set_long(pointer, CURLOPT_UPLOAD, 1)
        relance_curl_set_size(pointer, CURLOPT_INFILESIZE_LARGE, curl_off_t(mail.message.count))
        // libcurl's own patience of two minutes would be shorter than some time-outs.
        relance_curl_set_long(pointer, CURLOPT_SERVER_RESPONSE_TIMEOUT, mail.timeout.wholeMilliseconds / 1000 + 1)
        // A relay that lets us wait before its greeting keeps out spammers; only the whole exchange is bounded.
        relance_curl_set_long(pointer, CURLOPT_CONNECTTIMEOUT_MS, max(1, mail.timeout.wholeMilliseconds))
    }

    /// Makes sure that giving a mail up does not end it: without recipients libcurl 7.88 leaves out the end of the message, which it
    /// otherwise sends even for a transfer that is taken away half done (`smtp_done`), and half a mail would be delivered.
    func forgetRecipients() {
        relance_curl_set_list(pointer, CURLOPT_MAIL_RCPT, nil)
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
            list = curl_slist_append(list, field.value.isEmpty ? "\(field.name);" : "\(field.name): \(field.value)")
        }
        // Waiting for `100 Continue` would cost a second wherever the server does not know it.
        list = curl_slist_append(list, "Expect:")
        if request.method.mayCarryBody, request.headers["Content-Type"] == nil {
            list = curl_slist_append(list, "Content-Type:")
        }
        relance_curl_set_list(pointer, CURLOPT_HTTPHEADER, list)
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
