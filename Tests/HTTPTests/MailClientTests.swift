internal import Foundation
internal import HTTPClient
internal import TestSupport
internal import Testing

/// What is known of a mail after each turn of an SMTP conversation (D-11): who may have it, and what the relay said.
struct MailClientTests {
    private static let message = Array("Subject: s\r\n\r\nOl=C3=A1\r\n.\r\n..a\r\n".utf8)

    /// More than the buffers between two sockets hold.
    private static let large = Array(repeating: Array((String(repeating: "x", count: 900) + "\r\n").utf8), count: 16_000).flatMap
    { $0 }

    private static func mail(_ url: String, _ change: (inout MailTransfer) -> Void = { _ in }) -> MailTransfer {
        var mail = MailTransfer(
            url: url, encryption: .never, sender: "relay@acme.test", recipient: "ana@example.test", message: message,
            timeout: .seconds(5))
        change(&mail)
        return mail
    }

    @Test func `a mail arrives as it is, dots and all, over a connection that is kept`() async throws {
        let relay = ScriptedRelay()
        defer { relay.stop() }
        let client = MailClient(lanes: 1)
        for _ in 1...3 {
            let reply = try await client.send(Self.mail(relay.url))
            #expect(reply == MailReply(code: 250, enhancedCode: "2.0.0", text: "2.0.0 Ok: queued as 4XYZ ", stage: .message))
        }
        #expect(relay.messages == Array(repeating: Array("Subject: s\r\n\r\nOl=C3=A1\r\n..\r\n...a\r\n".utf8), count: 3))
        #expect(relay.connections == 1)
        #expect(relay.commands.contains("MAIL FROM:<relay@acme.test> SIZE=\(Self.message.count)"))
        #expect(relay.commands.contains("RCPT TO:<ana@example.test>"))
    }

    @Test(arguments: [
        (ScriptedRelay.Turn.greeting, "554 5.7.1 go away", MailReply.Stage.greeting), (.greeting, "421 busy", .greeting),
        (.mail, "550 5.1.8 who are you", .sender), (.recipient, "550 5.1.1 no such user", .recipient),
        (.recipient, "450-4.2.0 greylisted\r\n450 4.2.0 come again", .recipient), (.data, "554 no", .recipient),
        (.message, "552 5.3.4 too large", .message), (.message, "451 4.3.0 later", .message),
    ])
    func `a refusal is a reply, wherever it comes`(turn: ScriptedRelay.Turn, text: String, stage: MailReply.Stage) async throws {
        let relay = ScriptedRelay([turn: .reply(text)])
        defer { relay.stop() }
        let reply = try await MailClient(lanes: 1).send(Self.mail(relay.url))
        #expect(reply.code == Int(text.prefix(3)))
        #expect(reply.stage == stage)
        #expect(
            reply.enhancedCode == text.dropFirst(4).split(separator: " ").first.flatMap { $0.contains(".") ? String($0) : nil })
    }

    @Test(arguments: ScriptedRelay.Turn.allCases.dropLast(), [true, false])
    func `a connection that ends proves nothing sent, until the message was`(turn: ScriptedRelay.Turn, isReset: Bool) async {
        let relay = ScriptedRelay([turn: isReset ? .reset : .close])
        defer { relay.stop() }
        let error = await #expect(throws: HTTPClientError.self) { try await MailClient(lanes: 1).send(Self.mail(relay.url)) }
        // In the middle of a short message, all of it has left already.
        #expect(error?.requestMayHaveBeenSent == [.middle, .message].contains(turn), "\(String(describing: error))")
        #expect(error?.isTransient == true)
    }

    @Test(arguments: ScriptedRelay.Turn.allCases.dropLast())
    func `a relay that says no more is given up in time`(turn: ScriptedRelay.Turn) async {
        let relay = ScriptedRelay([turn: .hang])
        defer { relay.stop() }
        let begun = ContinuousClock.now
        await #expect(throws: HTTPClientError.timedOut(requestMayHaveBeenSent: [.middle, .message].contains(turn))) {
            try await MailClient(lanes: 1).send(Self.mail(relay.url) { $0.timeout = .milliseconds(700) })
        }
        #expect(begun.duration(to: .now) < .seconds(4))
    }

    @Test func `a refusal does not wait long for the farewell's answer`() async throws {
        let relay = ScriptedRelay([.recipient: .reply("550 5.1.1 no"), .quit: .hang])
        defer { relay.stop() }
        let begun = ContinuousClock.now
        #expect(try await MailClient(lanes: 1).send(Self.mail(relay.url)).enhancedCode == "5.1.1")
        #expect(begun.duration(to: .now) < .seconds(4))
    }

    @Test func `half of a large message is no message`() async {
        let relay = ScriptedRelay([.middle: .close])
        defer { relay.stop() }
        await #expect(throws: HTTPClientError.connectionLost(requestMayHaveBeenSent: false)) {
            try await MailClient(lanes: 1).send(Self.mail(relay.url) { $0.message = Self.large })
        }
    }

    @Test(arguments: [ScriptedRelay.Turn.greeting, .recipient, .middle])
    func `a mail that is cancelled half way is not delivered by halves`(turn: ScriptedRelay.Turn) async throws {
        let relay = ScriptedRelay([turn: .gate(thenReply: turn == .middle ? "" : "250 fine")])
        defer { relay.stop() }
        let client = MailClient(lanes: 1)
        let task = Task {
            try await client.send(
                Self.mail(relay.url) {
                    $0.message = Self.large
                    $0.timeout = .seconds(60)
                })
        }
        let last = [ScriptedRelay.Turn.recipient: "RCPT", .middle: "DATA"][turn] ?? ""
        try await eventually(within: .seconds(20), "the turn") {
            relay.connections == 1 && (last.isEmpty || relay.commands.last?.hasPrefix(last) == true)
        }
        try await Task.sleep(for: .milliseconds(100))
        task.cancel()
        await #expect(throws: HTTPClientError.cancelled(requestMayHaveBeenSent: false)) { try await task.value }
        relay.open()
        try await eventually(within: .seconds(20), "the end of the connection") { relay.ended == 1 }
        #expect(relay.messages.isEmpty)
        #expect(!relay.commands.contains("."))
    }

    @Test func `a mail whose time ends half way is not delivered by halves`() async throws {
        let relay = ScriptedRelay([.middle: .gate(thenReply: "")])
        defer { relay.stop() }
        await #expect(throws: HTTPClientError.timedOut(requestMayHaveBeenSent: false)) {
            try await MailClient(lanes: 1).send(
                Self.mail(relay.url) {
                    $0.message = Self.large
                    $0.timeout = .milliseconds(700)
                })
        }
        relay.open()
        try await eventually(within: .seconds(20), "the end of the connection") { relay.ended == 1 }
        #expect(relay.messages.isEmpty)
    }

    @Test func `shutting down gives up what is under way`() async throws {
        let relay = ScriptedRelay([.recipient: .hang])
        defer { relay.stop() }
        let client = MailClient(lanes: 2)
        let task = Task { try await client.send(Self.mail(relay.url)) }
        try await eventually(within: .seconds(5), "a connection") { relay.commands.contains { $0.hasPrefix("RCPT") } }
        client.shutdown()
        await #expect(throws: HTTPClientError.shutDown(requestMayHaveBeenSent: false)) { try await task.value }
    }

    @Test func `a relay is greeted by the name that the URL gives`() async throws {
        let relay = ScriptedRelay()
        defer { relay.stop() }
        _ = try await MailClient(lanes: 1).send(Self.mail(relay.url + "/app.acme.test"))
        #expect(relay.commands.first == "EHLO app.acme.test")
    }

    @Test func `a relay that closes after each mail gets the next one over a new connection`() async throws {
        let relay = ScriptedRelay([.message: .farewell("250 ok\r\n421 closing")])
        defer { relay.stop() }
        let client = MailClient(lanes: 1)
        for _ in 1...3 {
            #expect(try await client.send(Self.mail(relay.url)).code == 250)
            // The relay's farewell is on its way.
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(relay.messages.count == 3 && relay.connections == 3)
    }

    @Test func `an answer given too early is none for the mail after it`() async throws {
        let relay = ScriptedRelay([.data: .reply("354 go on\r\n250 taken already"), .message: .reply("554 5.6.0 no after all")])
        defer { relay.stop() }
        let client = MailClient(lanes: 1)
        for _ in 1...4 {
            let reply = try? await client.send(Self.mail(relay.url))
            // What a relay says of a mail is its word, but it is never said of another one.
            #expect(reply == nil || reply?.text == "taken already " || (reply?.code ?? 0) >= 400, "\(String(describing: reply))")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test func `a slow answer holds up no other lane`() async throws {
        let relay = ScriptedRelay([.message: .meeting(of: 4, thenReply: "250 ok")])
        defer { relay.stop() }
        let client = MailClient(lanes: 4)
        try await withThrowingTaskGroup { group in
            for _ in 1...4 { group.addTask { try await client.send(Self.mail(relay.url) { $0.timeout = .seconds(20) }) } }
            for try await reply in group { #expect(reply.code == 250) }
        }
        #expect(relay.connections == 4)
    }

    @Test func `a mail that waited its time away was not sent`() async throws {
        let relay = ScriptedRelay([.message: .gate(thenReply: "250 ok")])
        defer { relay.stop() }
        let client = MailClient(lanes: 1)
        let first = Task { try await client.send(Self.mail(relay.url) { $0.timeout = .seconds(20) }) }
        try await eventually(within: .seconds(10), "the first mail") { relay.commands.contains("DATA") }
        let second = Task { try await client.send(Self.mail(relay.url) { $0.timeout = .milliseconds(1) }) }
        try await Task.sleep(for: .milliseconds(200))
        relay.open()
        #expect(try await first.value.code == 250)
        await #expect(throws: HTTPClientError.timedOut(requestMayHaveBeenSent: false)) { try await second.value }
        #expect(relay.messages.count == 1)
    }

    @Test(arguments: [
        ("HTTP/1.1 400 Bad Request", ScriptedRelay.Turn.greeting), ("\r\n", .greeting), ("2\0 x", .mail), ("250", .message),
        (String(repeating: "250-x\r\n", count: 5000) + "250 ok", .message),
        ("250 " + String(repeating: "x", count: 9000), .message),
        ("999 9.9.9 what", .message), ("000 zero", .message), ("250-never ends", .message),
    ])
    func `strange words end in an answer or an error, never in a lie`(text: String, turn: ScriptedRelay.Turn) async {
        let relay = ScriptedRelay([turn: .reply(text)])
        defer { relay.stop() }
        let result: Result<MailReply, HTTPClientError>
        do {
            result = .success(try await MailClient(lanes: 1).send(Self.mail(relay.url) { $0.timeout = .milliseconds(700) }))
        } catch { result = .failure(error) }
        switch result {
        case .success(let reply):
            #expect(reply.text.utf8.count <= 3100)
            #expect(turn == .message && text.hasPrefix("250"))
            #expect(reply.enhancedCode == nil)
        case .failure(let error): #expect(error.requestMayHaveBeenSent == (turn == .message), "\(error)")
        }
    }

    @Test(arguments: [
        (mail("http://127.0.0.1:1"), HTTPClientError.RequestDefect.url), (mail("smtp://user:secret@127.0.0.1:1"), .url),
        (mail("smtp://a b"), .url),
        (mail("smtp://a") { $0.recipient = "ana@example.test>\r\nRCPT TO:<eve@example.test" }, .address),
        (mail("smtp://a") { $0.sender = "" }, .address), (mail("smtp://a") { $0.sender = "aña@b.test" }, .address),
        (mail("smtp://a") { $0.recipient = "nobody" }, .address),
        (mail("smtp://a") { $0.message = [] }, .message), (mail("smtp://a") { $0.message = Array("a\n.\nMAIL".utf8) }, .message),
        (mail("smtp://a") { $0.message = Array("a\r.\rMAIL".utf8) }, .message),
        (mail("smtp://a") { $0.message = Array("a\r".utf8) }, .message),
        (mail("smtp://a") { $0.message = Array("a\0".utf8) }, .message),
        (mail("smtp://a") { $0.message = [UInt8](repeating: 0x78, count: 1000) }, .message),
    ])
    func `a mail that would say more than one mail is refused`(mail: MailTransfer, defect: HTTPClientError.RequestDefect) async {
        await #expect(throws: HTTPClientError.malformedRequest(defect)) { try await MailClient().send(mail) }
    }
}

/// The same against a relay that others wrote, with TLS and logins.
struct MailRelayTests {
    private struct Mail: Decodable {
        let from: String
        let to: [String]
        let tls: Bool
        let user: String
        let peer: Int
        let bytes: Data
    }

    private struct Relay {
        let process: ChildProcess
        let port: Int
        let certificate: String

        init(_ arguments: [String]) async throws {
            let folder = "\(TestServers.directory)/relay-\(UInt64.random(in: .min ... .max))"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let certificate = "\(folder)/certificate.pem"
            let openssl = try await ChildProcess(
                "/usr/bin/openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder)/key.pem", "-out",
                    certificate,
                ])
            try #require(try await openssl.exit() == .status(0), "\(openssl.standardError)")
            let process = try await ChildProcess(
                "\(Repository.root)/.local/python/bin/python",
                ["\(Repository.root)/Tests/Relay/relay.py", certificate, "\(folder)/key.pem"] + arguments)
            port = try await eventually(within: .seconds(15), "the relay's port: \(process.standardError)") {
                process.standardOutput.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first.flatMap {
                    Int($0)
                }
            }
            self.process = process
            self.certificate = certificate
        }

        func mails() throws -> [Mail] {
            try process.standardOutput.split(separator: "\n").dropFirst().map {
                try JSONDecoder().decode(Mail.self, from: Data($0.utf8))
            }
        }

        func client() -> MailClient { MailClient(HTTPClientConfiguration(certificateAuthorities: certificate), lanes: 1) }
    }

    private static func mail(_ url: String, _ change: (inout MailTransfer) -> Void = { _ in }) -> MailTransfer {
        var mail = MailTransfer(
            url: url, sender: "relay@acme.test", recipient: "ana@example.test", message: Array("Subject: s\r\n\r\n.x\r\n".utf8))
        change(&mail)
        return mail
    }

    @Test(arguments: [("smtp", "starttls"), ("smtps", "tls")])
    func `mails go through TLS and a login, over one connection`(scheme: String, mode: String) async throws {
        let relay = try await Relay([mode, "ana:pass word"])
        let client = relay.client()
        for _ in 1...2 {
            let reply = try await client.send(
                Self.mail("\(scheme)://localhost:\(relay.port)") {
                    $0.user = "ana"
                    $0.password = "pass word"
                })
            #expect(reply.code == 250 && reply.enhancedCode == "2.0.0")
        }
        let mails = try relay.mails()
        #expect(mails.map(\.to) == [["ana@example.test"], ["ana@example.test"]])
        #expect(mails.allSatisfy { $0.tls && $0.user == "ana" && $0.from == "relay@acme.test" })
        #expect(mails.allSatisfy { $0.bytes == Data("Subject: s\r\n\r\n.x\r\n".utf8) })
        #expect(Set(mails.map(\.peer)).count == 1)
    }

    @Test func `a wrong password is the login's refusal`() async throws {
        let relay = try await Relay(["starttls", "ana:right"])
        let reply = try await relay.client().send(
            Self.mail("smtp://localhost:\(relay.port)") {
                $0.user = "ana"
                $0.password = "wrong"
            })
        #expect(reply.code == 535 && reply.stage == .login)
        #expect(try relay.mails().isEmpty)
    }

    @Test func `no login where one is asked for is refused before the message`() async throws {
        let relay = try await Relay(["starttls", "ana:right"])
        let reply = try await relay.client().send(Self.mail("smtp://localhost:\(relay.port)"))
        #expect(reply.code == 530 && reply.stage == .sender)
    }

    @Test func `without TLS, or with a stranger's certificate, nothing is sent`() async throws {
        let plain = try await Relay(["plain"])
        await #expect(throws: HTTPClientError.untrustedServer) {
            try await plain.client().send(Self.mail("smtp://localhost:\(plain.port)"))
        }
        let tls = try await Relay(["starttls"])
        for client in [MailClient(lanes: 1), plain.client()] {
            await #expect(throws: HTTPClientError.untrustedServer) {
                try await client.send(Self.mail("smtp://localhost:\(tls.port)"))
            }
        }
        let other = try await #require(throws: HTTPClientError.self) {
            try await tls.client().send(Self.mail("smtp://127.0.0.1:\(tls.port)"))
        }
        #expect(other == .untrustedServer, "the certificate names another host")
        #expect(try plain.mails().isEmpty && tls.mails().isEmpty)
    }

    @Test func `where TLS is a wish, a relay without it is good enough`() async throws {
        let plain = try await Relay(["plain"])
        let reply = try await plain.client().send(Self.mail("smtp://localhost:\(plain.port)") { $0.encryption = .opportunistic })
        #expect(reply.code == 250)
        let tls = try await Relay(["starttls"])
        _ = try await tls.client().send(Self.mail("smtp://localhost:\(tls.port)") { $0.encryption = .opportunistic })
        #expect(try tls.mails().map(\.tls) == [true])
    }
}
