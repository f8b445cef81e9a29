internal import HTTPServer

/// Routes requests: providers under their base paths, the control API under `/_simulator`.
struct Simulator: Sendable {
    private let ledger: Ledger
    private let relay: SMTPSimulator

    init(_ ledger: Ledger, _ relay: SMTPSimulator) {
        self.ledger = ledger
        self.relay = relay
    }

    /// Answers on the connection's own thread, unless a fault makes it wait.
    func handle(_ request: HTTPServerRequest) -> HTTPServerReply {
        let path = request.path
        for provider in SimulatedProvider.allCases where path.hasPrefix("/\(provider.rawValue)/") {
            return handle(request, provider, path.dropFirst(provider.rawValue.utf8.count + 1))
        }
        return .now(control(request))
    }

    private func handle(_ request: HTTPServerRequest, _ provider: SimulatedProvider, _ path: Substring) -> HTTPServerReply {
        let window = provider == .resend ? ledger.takePermit() : nil
        let ruling =
            switch provider {
            case .resend where window?.isExceeded == true:
                Ruling.answer(ResendSimulator.failure(429, "rate_limit_exceeded", "Too many requests"))
            case .resend: ResendSimulator.rule(request, path: path)
            case .sendgrid: SendGridSimulator.rule(request, path: path)
            case .twilio: TwilioSimulator.rule(request, path: path, ledger: ledger)
            case .greenAPI: GreenAPISimulator.rule(request, path: path, ledger: ledger)
            case .livekit: Ruling.answer(LiveKitSimulator.answer(request, path: path, ledger: ledger))
            case .smtp: Ruling.answer(HTTPServerResponse(status: 404))
            }
        let recipient: String? = if case .accept(let acceptance) = ruling { acceptance.recipient } else { nil }
        // A refusal is no message and befalls nobody.
        let isQuestion = recipient == nil && (provider == .livekit || request.method == "GET")
        let fault =
            recipient == nil && !isQuestion
            ? nil
            : ledger.nextFault(
                provider, recipient, account: Self.account(provider, request, path), stage: isQuestion ? .lookup : .message)
        var (response, effects) = carryOut(ruling, request, accepts: fault?.accepts ?? true)
        if let fault { response = fault.replace(response, of: provider) }
        if let window { response.headers += window.headers }
        ledger.note(request, provider, status: response.status, effects: effects)
        guard let delay = fault?.delay, delay > .zero else { return .now(response) }
        let late = response
        return .later {
            try? await Task.sleep(for: delay)
            return late
        }
    }

    /// Whose account a request is of, as faults name it.
    private static func account(_ provider: SimulatedProvider, _ request: HTTPServerRequest, _ path: Substring) -> String? {
        switch provider {
        case .resend, .sendgrid: request.header("Authorization").map { String($0.dropFirst("Bearer ".count)) }
        case .twilio: path.split(separator: "/").dropFirst(2).first.map { String($0) }
        case .greenAPI: path.split(separator: "/").first.map { String($0.dropFirst("waInstance".count)) }
        case .livekit, .smtp: nil
        }
    }

    private func carryOut(_ ruling: Ruling, _ request: HTTPServerRequest, accepts: Bool) -> (HTTPServerResponse, [Effect]) {
        switch ruling {
        case .answer(let response): return (response, [])
        case .accept where !accepts: return (.dropped, [])
        case .accept(let acceptance):
            switch ledger.settle(acceptance, body: request.body) {
            case .accepted(let effects): return (acceptance.answer(effects), effects)
            case .repeated(let effects): return (acceptance.answer(effects), [])
            case .conflict: return (acceptance.conflict ?? HTTPServerResponse(status: 409), [])
            }
        }
    }

    private func control(_ request: HTTPServerRequest) -> HTTPServerResponse {
        switch (request.method, request.path) {
        case ("GET", "/_simulator/smtp"): return .json(200, ["url": "smtp://127.0.0.1:\(relay.port)?tls=never"])
        case ("GET", "/_simulator/requests"): return .json(200, ledger.requests)
        case ("GET", "/_simulator/effects"): return .json(200, ledger.effects)
        case ("GET", "/_simulator/summary"): return .json(200, ledger.summary)
        case ("DELETE", "/_simulator/requests"):
            ledger.clear()
            return HTTPServerResponse(status: 204)
        case ("PUT", "/_simulator/settings"):
            guard let settings = JSONText.read(Settings.self, request.body) else {
                return HTTPServerResponse(status: 400, contentType: "text/plain", text: "expected green_api and rooms\n")
            }
            ledger.set(settings)
            return HTTPServerResponse(status: 204)
        case ("PUT", "/_simulator/faults"):
            guard let faults = JSONText.read([Fault].self, request.body) else {
                let kinds = Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                return HTTPServerResponse(
                    status: 400, contentType: "text/plain", text: "expected a list of faults; kinds: \(kinds)\n")
            }
            ledger.replaceFaults(faults)
            return HTTPServerResponse(status: 204)
        default: return HTTPServerResponse(status: 404, contentType: "text/plain", text: "no such thing here\n")
        }
    }
}
