import Primitives
import Testing
import Webhooks

/// The vectors of twilio-python and what must not pass.
struct TwilioSignatureTests {
    private let docToken = TwilioSignature(.authTokens([Secret("12345")]))
    private let token = TwilioSignature(.authTokens([Secret("12345678901234567890123456789012")]))
    private let url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    private let call = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
    private let hook = "https://hooks.example.test/v1/ingest/twilio/acct_1"

    private func request(_ body: String, _ url: String, _ signature: String) -> WebhookRequest {
        WebhookRequest(WebhookRequest.form, body, url: url, [("X-Twilio-Signature", signature)])
    }

    @Test(arguments: [
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2", "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("http://mycompany.com/myapp.php?foo=1&bar=2", "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
        ("https://mycompany.com:1234/myapp.php?foo=1&bar=2", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com/myapp.php?foo=1&bar=2#rc=3&rp=all", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ]) func `a form is signed with the URL, with its port or without, never with its fragment`(url: String, signature: String)
        throws
    {
        try docToken.verify(request(call, url, signature))
    }

    @Test func `equal values of a name are signed once, different ones sorted`() throws {
        try docToken.verify(
            request("Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234", url, "IK+Dwps556ElfBT0I3Rgjkr1wJU="))
    }

    @Test(arguments: [
        (
            "{\"property\": \"value\", \"boolean\": true}",
            "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
            "12345", "a9nBmqA0ju/hNViExpshrM61xv4="
        ),
        (
            #"{"specversion":"1.0","type":"com.twilio.messaging.message.delivered"}"#,
            "https://hooks.example.test/v1/ingest/twilio/acct_1?bodySHA256=1eb8fd25c241a7d3478ca5fd26342742b8c55f66b50ecaf8185a514426ab14ce",
            "12345678901234567890123456789012", "v3J2zIlNMsCCeaDxJje2FCN4Jgc="
        ),
    ]) func `JSON is covered by its hash in the URL`(body: String, url: String, token: String, signature: String) throws {
        let verifier = TwilioSignature(.authTokens([Secret(token)]))
        let request = WebhookRequest.json(body, url: url, [("X-Twilio-Signature", signature)])
        try verifier.verify(request)
        #expect(throws: WebhookError.badSignature) { try verifier.verify(request.with(body: body + " ")) }
        let twice = url + "&bodySHA256=00"
        #expect(throws: WebhookError.badSignature) { try verifier.verify(request.with(url: twice)) }
    }

    @Test func `a body that is no form and has no hash in the URL is refused, though the URL's signature is good`() throws {
        // The signature of the URL alone.
        let signature = "a9nBmqA0ju/hNViExpshrM61xv4="
        let url =
            "https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        try docToken.verify(WebhookRequest(method: "GET", url: url, headers: [("X-Twilio-Signature", signature)]))
        for body in ["{}", "text"] {
            let request = WebhookRequest("text/plain", body, url: url, [("X-Twilio-Signature", signature)])
            #expect(throws: WebhookError.badSignature) { try docToken.verify(request) }
        }
    }

    private static let whatsapp =
        "MessageSid=SM0123456789abcdef0123456789abcdef&SmsSid=SM0123456789abcdef0123456789abcdef"
        + "&SmsMessageSid=SM0123456789abcdef0123456789abcdef&AccountSid=AC0123456789abcdef0123456789abcdef"
        + "&From=whatsapp%3A%2B15552229999&To=whatsapp%3A%2B15554449999&Body=Ol%C3%A1+%26+tchau+%3D+100%25+%E2%98%95&NumMedia=0"
        + "&NumSegments=1&ProfileName=Ana+Lima&WaId=15552229999&SmsStatus=received&ApiVersion=2010-04-01&MessageType=text"
        + "&ButtonText="

    @Test(arguments: ["ofkaJTPSUOnkAY/TS0yXuHs8DAI=", "6oWbi/luVuzzafAaduAS86TClu4="])
    func `UTF-8, blank values and a query are signed as they are`(signature: String) throws {
        try token.verify(request(Self.whatsapp, hook + "?tenant=t1", signature))
    }

    @Test(arguments: [
        ("", "mdNlRZtmpZvGB5xMiPFZww6sbm4=", false), ("?attempt=01HZXATTEMPT", "yhMT+UAl9Htp7h75jz8z2eBCttA=", false),
        ("?attempt=01HZXATTEMPT", "g25/wn6l+oAExRYB4hpGEjKfR0c=", true),
    ]) func `status callbacks are signed with the attempt in their URL`(query: String, signature: String, isRead: Bool) throws {
        let body = isRead ? TwilioReadingTests.readReceipt : TwilioReadingTests.undelivered
        try token.verify(request(body, hook + "/status" + query, signature))
        #expect(throws: WebhookError.badSignature) { try token.verify(request(body, hook + "/status?attempt=OTHER", signature)) }
    }

    @Test func `a shared key signs by SHA-256, and the request cannot choose between the two`() throws {
        let shared = TwilioSignature(.sharedKeys([Secret("another"), Secret("shared_key_secret_abc123")]))
        let good = request(Self.whatsapp, hook + "?tenant=t1", "vGacSFDbp1QXOoFMW4nKgHLbNJCYnsH5aHcoWh5siyU=")
        let named = good.with([
            ("X-Twilio-Webhooks-Signature-Settings", "key=webhooks_sharedkey_01, algorithm=HMAC_SHA256")
        ])
        try shared.verify(named)
        #expect(throws: WebhookError.missingHeader) { try shared.verify(good) }
        #expect(throws: WebhookError.malformedHeader) { try token.verify(named) }
        for settings in ["algorithm=HMAC_SHA1", "algorithm=none", "", "key=x", "algorithm=HMAC_SHA256,algorithm=HMAC_SHA1"] {
            let request = good.with([("X-Twilio-Webhooks-Signature-Settings", settings)])
            #expect(throws: WebhookError.malformedHeader) { try shared.verify(request) }
        }
        let weak = request(Self.whatsapp, hook + "?tenant=t1", "ofkaJTPSUOnkAY/TS0yXuHs8DAI=")
        #expect(throws: WebhookError.missingHeader) { try shared.verify(weak) }
    }

    @Test func `two tokens are accepted during a rotation, and blank ones never`() throws {
        let good = request(call, url, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
        try TwilioSignature(.authTokens([Secret("new"), Secret("12345")])).verify(good)
        #expect(throws: WebhookError.badSignature) { try TwilioSignature(.authTokens([Secret("new")])).verify(good) }
        for keys in [TwilioSignature.Keys.authTokens([]), .authTokens([Secret("")])] {
            #expect(throws: WebhookError.noKey) { try TwilioSignature(keys).verify(good) }
        }
    }

    @Test func `whatever is tampered with fails`() {
        let signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        for (body, url) in [
            (call + "&x=1", url), (String(call.dropLast()), url), ("", url), (call, url + "&baz=3"),
            (call, "https://mycompany.org/myapp.php?foo=1&bar=2"), (call, "http://mycompany.com/myapp.php?foo=1&bar=2"),
            (call, "https://mycompany.com/myapp.php?foo=%31&bar=2"), (call, ""), (call, "mycompany.com"),
        ] {
            #expect(throws: WebhookError.badSignature) { try docToken.verify(request(body, url, signature)) }
        }
        #expect(throws: WebhookError.unreadable) { try docToken.verify(request(call + "&%zz=1", url, signature)) }
        #expect(throws: WebhookError.unreadable) { try docToken.verify(request(call + "&a=%FF", url, signature)) }
        #expect(throws: WebhookError.malformedHeader) { try docToken.verify(request(call, url, signature + "=")) }
        #expect(throws: WebhookError.badSignature) { try docToken.verify(request(call, url, "")) }
        #expect(throws: WebhookError.missingHeader) { try docToken.verify(WebhookRequest(WebhookRequest.form, call, url: url)) }
        let twice = request(call, url, signature).with([("x-twilio-signature", signature)])
        #expect(throws: WebhookError.missingHeader) { try docToken.verify(twice) }
    }

    @Test func `names that only look the same are different`() throws {
        // é in one scalar and in two: their bytes are what is signed.
        let one = request("caf%C3%A9=1&cafe%CC%81=1", url, "x")
        #expect(throws: WebhookError.malformedHeader) { try docToken.verify(one) }
        let form = "B=2&a=1&B=1"
        #expect(throws: WebhookError.badSignature) { try docToken.verify(request(form, url, "AAAA")) }
    }
}
