import Crypto
import Testing

/// The vectors of the provider pages, whose signatures the webhooks build from these primitives.
struct HMACTests {
    @Test func `HMAC-SHA256 gives RFC 4231's second vector`() {
        #expect(
            Hex.encode(HMAC.sha256("what do ya want for nothing?", key: "Jefe"))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `an empty key and an empty message have a code too`() {
        #expect(Hex.encode(HMAC.sha256("", key: "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
        #expect(Hex.encode(HMAC.sha1("", key: "")) == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d")
    }

    @Test(arguments: [
        (
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}",
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        ),
        (
            "whsec_plJ3nmyCDGBKInavdOK15jsl",
            #"msg_loFOjxBNrRLzqYUf.1731705121.{"event_type":"ping","data":{"success":true}}"#,
            "rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
        ),
    ])
    func `a Standard Webhooks signature is made with the decoded secret`(secret: String, signed: String, expected: String) throws
    {
        let key = try #require(Base64.decode(String(secret.dropFirst("whsec_".count))))
        #expect(Base64.encode(HMAC.sha256(signed.utf8, key: key)) == expected)
    }

    @Test func `a Stripe signature is made with the whole secret, prefix included`() {
        let body = #"{"id":"evt_1","object":"event","type":"invoice.paid"}"#
        #expect(
            Hex.encode(HMAC.sha256("1700000000.\(body)", key: "whsec_test_secret"))
                == "dfb4777aaaec4ea29ff455dd4df7fe6b2ef71096ad3a93a158db7e100109ea91")
    }

    @Test(arguments: [
        // V1, and its variant signed with the port; V3, whose body is covered by its hash in the URL.
        ("https://mycompany.com/myapp.php?foo=1&bar=2", true, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("https://mycompany.com:443/myapp.php?foo=1&bar=2", true, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (
            "https://mycompany.com/myapp.php?foo=1&bar=2"
                + "&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620",
            false, "a9nBmqA0ju/hNViExpshrM61xv4="
        ),
    ])
    func `a Twilio signature covers the URL and the sorted parameters`(url: String, isForm: Bool, expected: String) {
        let parameters = "CallSidCA1234567890ABCDECaller+14158675309Digits1234From+14158675309To+18005551212"
        #expect(Base64.encode(HMAC.sha1(url + (isForm ? parameters : ""), key: "12345")) == expected)
    }

    @Test func `a Twilio WhatsApp signature covers decoded UTF-8 and blank values`() {
        let signed =
            "https://hooks.example.test/v1/ingest/twilio/acct_1?tenant=t1AccountSidAC0123456789abcdef0123456789abcdef"
            + "ApiVersion2010-04-01BodyOlá & tchau = 100% ☕ButtonTextFromwhatsapp:+15552229999"
            + "MessageSidSM0123456789abcdef0123456789abcdefMessageTypetextNumMedia0NumSegments1ProfileNameAna Lima"
            + "SmsMessageSidSM0123456789abcdef0123456789abcdefSmsSidSM0123456789abcdef0123456789abcdef"
            + "SmsStatusreceivedTowhatsapp:+15554449999WaId15552229999"
        #expect(Base64.encode(HMAC.sha1(signed, key: "12345678901234567890123456789012")) == "ofkaJTPSUOnkAY/TS0yXuHs8DAI=")
        #expect(
            Base64.encode(HMAC.sha256(signed, key: "shared_key_secret_abc123")) == "vGacSFDbp1QXOoFMW4nKgHLbNJCYnsH5aHcoWh5siyU=")
    }
}
