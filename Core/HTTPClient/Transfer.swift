private import CCurl

/// One request under way, and the slot it runs in.
///
/// Made, used and dropped on the loop's thread; libcurl holds an unretained pointer to it between `begin` and `end`, during which
/// the loop's table keeps it alive.
///
/// **A body never goes out twice by libcurl's own doing.** When a reused connection ends before the first byte of an answer, and
/// when an HTTP/2 stream is refused, libcurl 7.88 sends the request again on a fresh connection, whatever the method
/// (`Curl_retry_request`; `CURLE_GOT_NOTHING` reaches us only from a fresh connection). The server may have acted on the first
/// one. There is no option against it, but the pre-request callback runs before every try: from the second on it refuses, unless
/// the method is harmless to repeat or no byte was handed to the network before. The same callback tells that a connection
/// stands and bytes are about to leave; until it ran, nothing was sent.
final class Transfer {
    /// Where the outcome goes.
    private(set) var submission: Submission?
    private var easy: EasyHandle
    private var headerBytes: [UInt8] = []
    private var bodyBytes: [UInt8] = []
    private var tries = 0
    private var isTooLarge = false

    private init(_ easy: consuming EasyHandle) {
        self.easy = easy
    }

    /// Makes a transfer with a slot of its own; nil when memory has run out.
    static func open() -> Transfer? {
        guard let easy = EasyHandle.open() else { return nil }
        return Transfer(easy)
    }

    /// The C handle, for the set of transfers.
    var pointer: UnsafeMutableRawPointer { easy.pointer }

    /// The transfer that a C handle stands for.
    static func of(_ pointer: UnsafeMutableRawPointer) -> Transfer? {
        var value: UnsafeMutableRawPointer?
        guard relance_curl_get_pointer(pointer, CURLINFO_PRIVATE, &value) == CURLE_OK, let value else { return nil }
        return Unmanaged<Transfer>.fromOpaque(value).takeUnretainedValue()
    }

    /// Readies the slot for a request.
    func begin(_ submission: Submission, _ configuration: HTTPClientConfiguration) {
        self.submission = submission
        easy.prepare(submission, configuration)
        let me = Unmanaged.passUnretained(self).toOpaque()
        relance_curl_set_pointer(pointer, CURLOPT_PRIVATE, me)
        relance_curl_set_pointer(pointer, CURLOPT_PREREQDATA, me)
        relance_curl_set_prerequest(pointer) { me, _, _, _, _ in Transfer.borrowed(me)?.mayTry == true ? 0 : 1 }
        relance_curl_set_pointer(pointer, CURLOPT_HEADERDATA, me)
        relance_curl_set_writer(pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, me in
            Transfer.borrowed(me)?.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
        relance_curl_set_pointer(pointer, CURLOPT_WRITEDATA, me)
        relance_curl_set_writer(pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, me in
            Transfer.borrowed(me)?.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
        }
    }

    /// The answer, out of libcurl's code at the end of the transfer.
    func outcome(_ code: Int) -> Result<HTTPResponse, HTTPClientError> {
        guard code == Int(CURLE_OK.rawValue) else {
            return .failure(isTooLarge ? .responseTooLarge : HTTPClientError(curlCode: code, sent: mayHaveBeenSent))
        }
        return .success(HTTPResponse(status: easy.status, headers: HTTPHeaders(rawLines: headerBytes), body: bodyBytes))
    }

    /// Empties the slot for the next request.
    func end() {
        submission = nil
        easy.reset()
        headerBytes.removeAll(keepingCapacity: true)
        bodyBytes = []
        tries = 0
        isTooLarge = false
    }

    /// True unless it is certain that no byte of the request left.
    var mayHaveBeenSent: Bool { tries > 0 && easy.requestBytes > 0 }

    private static func borrowed(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Asked before each try; a second one would repeat what may have been acted on.
    private var mayTry: Bool {
        defer { tries += 1 }
        return tries == 0 || submission?.request.method.mayRepeat == true || easy.requestBytes == 0
    }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        // A status line begins anew: what came before was an interim answer (1xx).
        if bytes.starts(with: "HTTP/".utf8) { headerBytes.removeAll(keepingCapacity: true) }
        headerBytes.append(contentsOf: bytes)
        isTooLarge = headerBytes.count > 256 << 10
        return isTooLarge ? 0 : bytes.count
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        isTooLarge = bodyBytes.count + bytes.count > submission?.request.maxResponseBytes ?? 0
        if !isTooLarge { bodyBytes.append(contentsOf: bytes) }
        return isTooLarge ? 0 : bytes.count
    }
}

extension HTTPClientError {
    /// Reads libcurl's code. Once bytes may have left, a failed connection is that of a repeat, and the first try counts.
    init(curlCode: Int, sent: Bool) {
        switch CURLcode(UInt32(curlCode)) {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            self = sent ? .connectionLost(requestMayHaveBeenSent: true) : .couldNotResolve
        case CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR:
            self = sent ? .connectionLost(requestMayHaveBeenSent: true) : .couldNotConnect
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            self = sent ? .connectionLost(requestMayHaveBeenSent: true) : .untrustedServer
        case CURLE_OPERATION_TIMEDOUT:
            self = .timedOut(requestMayHaveBeenSent: sent)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM,
            CURLE_SEND_FAIL_REWIND, CURLE_ABORTED_BY_CALLBACK:
            self = .connectionLost(requestMayHaveBeenSent: sent)
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING:
            self = sent ? .malformedResponse : .malformedRequest(.url)
        case CURLE_URL_MALFORMAT:
            self = .malformedRequest(.url)
        default:
            self = .other(code: curlCode, requestMayHaveBeenSent: sent)
        }
    }
}
