private import CCurl

/// One request or mail under way, and the slot it runs in.
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
    /// How much of a mail libcurl has taken.
    private var mailBytesTaken = 0
    private var replies = ReplyReader()

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
        guard case .mail = submission.work else { return }
        relance_curl_set_pointer(pointer, CURLOPT_READDATA, me)
        relance_curl_set_reader(pointer) { room, size, count, me in
            Transfer.borrowed(me)?.giveMail(UnsafeMutableRawBufferPointer(start: room, count: size * count)) ?? 0
        }
        // Tells of each command: which one a reply is to, and which reply is only to the farewell.
        relance_curl_set_long(pointer, CURLOPT_VERBOSE, 1)
        relance_curl_set_pointer(pointer, CURLOPT_DEBUGDATA, me)
        relance_curl_set_tracer(pointer) { _, type, bytes, count, me in
            if type == CURLINFO_HEADER_OUT {
                Transfer.borrowed(me)?.noteCommand(UnsafeRawBufferPointer(start: bytes, count: count))
            }
            return 0
        }
    }

    /// The answer, out of libcurl's code at the end of the transfer.
    func outcome(_ code: Int) -> Result<HTTPResponse, HTTPClientError> {
        if case .mail = submission?.work { return mailOutcome(code) }
        guard code == Int(CURLE_OK.rawValue) else {
            return .failure(isTooLarge ? .responseTooLarge : HTTPClientError(curlCode: code, sent: mayHaveBeenSent))
        }
        return .success(HTTPResponse(status: easy.status, headers: HTTPHeaders(rawLines: headerBytes), body: bodyBytes))
    }

    /// The relay's last word. A reply from 400 to 599 ends the exchange, whatever happens to the connection then; any other one
    /// before the message's own says nothing about it.
    private func mailOutcome(_ code: Int) -> Result<HTTPResponse, HTTPClientError> {
        let isTaken = code == Int(CURLE_OK.rawValue)
        guard let last = replies.last, (isTaken ? 200..<300 : 400..<600).contains(last.code) else {
            return .failure(isTaken ? .malformedResponse : HTTPClientError(curlCode: code, mailSent: mayHaveBeenSent))
        }
        let stage = mayHaveBeenSent ? MailReply.Stage.message : replies.stage
        return .success(HTTPResponse(status: last.code, headers: ["Stage": stage.rawValue], body: last.text))
    }

    /// Readies a transfer that has not ended to be taken away.
    func giveUp() {
        if case .mail = submission?.work { easy.forgetRecipients() }
    }

    /// Empties the slot for the next request.
    func end() {
        submission = nil
        easy.reset()
        headerBytes.removeAll(keepingCapacity: true)
        bodyBytes = []
        tries = 0
        isTooLarge = false
        mailBytesTaken = 0
        replies = ReplyReader()
    }

    /// True unless it is certain that no byte of the request left, or not all of the mail: without its end, which follows its
    /// last byte, a relay must not deliver it (RFC 5321 §4.2.5).
    var mayHaveBeenSent: Bool {
        switch submission?.work {
        case .mail(let mail): mailBytesTaken == mail.message.count
        case .request, nil: tries > 0 && easy.requestBytes > 0
        }
    }

    private static func borrowed(_ pointer: UnsafeMutableRawPointer?) -> Transfer? {
        pointer.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Asked before each try; a second one would repeat what may have been acted on.
    private var mayTry: Bool {
        defer { tries += 1 }
        guard case .request(let request) = submission?.work else { return tries == 0 }
        return tries == 0 || request.method.mayRepeat || easy.requestBytes == 0
    }

    private func noteCommand(_ line: UnsafeRawBufferPointer) {
        // libcurl waits for the answer to its farewell, though everything is known by then.
        if replies.command(line) { relance_curl_set_long(pointer, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1) }
    }

    private func giveMail(_ room: UnsafeMutableRawBufferPointer) -> Int {
        guard case .mail(let mail) = submission?.work else { return 0 }
        let piece = mail.message[mailBytesTaken...].prefix(room.count)
        room.copyBytes(from: piece)
        mailBytesTaken += piece.count
        return piece.count
    }

    private func takeHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        if case .mail = submission?.work {
            replies.take(bytes)
            return bytes.count
        }
        // A status line begins anew: what came before was an interim answer (1xx).
        if bytes.starts(with: "HTTP/".utf8) { headerBytes.removeAll(keepingCapacity: true) }
        headerBytes.append(contentsOf: bytes)
        isTooLarge = headerBytes.count > 256 << 10
        return isTooLarge ? 0 : bytes.count
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard case .request(let request) = submission?.work else { return bytes.count }
        isTooLarge = bodyBytes.count + bytes.count > request.maxResponseBytes
        if !isTooLarge { bodyBytes.append(contentsOf: bytes) }
        return isTooLarge ? 0 : bytes.count
    }
}

extension HTTPClientError {
    /// Reads libcurl's code for a mail. A failed connection after the whole message is one whose answer is lost.
    init(curlCode: Int, mailSent sent: Bool) {
        switch CURLcode(UInt32(curlCode)) {
        case CURLE_USE_SSL_FAILED: self = sent ? .connectionLost(requestMayHaveBeenSent: true) : .untrustedServer
        // Before the message, strange words are a refusal like any other: nothing was sent.
        case CURLE_WEIRD_SERVER_REPLY where !sent: self = .other(code: curlCode, requestMayHaveBeenSent: false)
        default: self.init(curlCode: curlCode, sent: sent)
        }
    }

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
