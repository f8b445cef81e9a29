/// The life of a subscription on its thread: connect, listen, and again, until told to stop.
struct SubscriptionLoop {
    let connector: RedisConnector
    let channels: [String]
    let pingInterval: Duration
    /// How long an answer to SUBSCRIBE or PING may take.
    let patience: Duration
    let stop: Wakeup
    let report: (RedisEvent) -> Void

    func run() {
        var backoff = RedisBackoff()
        while !stop.wait(for: .zero) {
            do throws(RedisError) {
                let deadline = ContinuousClock.now + patience
                let handle = try connector.open(by: deadline)
                try handle.send((["SUBSCRIBE"] + channels).words, by: deadline)
                try listen(on: handle, backoff: &backoff)
                return
            } catch {
                report(.interrupted(error))
            }
            if stop.wait(for: backoff.fail(at: .now, chance: .random(in: 0...1))) { return }
        }
    }

    /// Returns when told to stop; throws when the connection is of no more use.
    private func listen(on handle: borrowing RedisHandle, backoff: inout RedisBackoff) throws(RedisError) {
        var awaited = channels.count
        var isPinged = false
        var deadline = ContinuousClock.now + patience
        while true {
            while let reply = try handle.buffered() {
                switch try meaning(of: reply) {
                case .confirmation:
                    awaited -= 1
                    guard awaited == 0 else { continue }
                    backoff.succeed()
                    report(.subscribed)
                case .message(let event): report(event)
                case .pong: break
                }
                guard awaited == 0 else { continue }
                isPinged = false
                deadline = .now + pingInterval
            }
            switch Polling.wait(for: [stop.descriptor, handle.descriptor], deadline: deadline) {
            case stop.descriptor: return
            case .some: try handle.read()
            case nil where awaited > 0: throw .timeout(.connect)
            case nil where isPinged: throw .timeout(.ping)
            case nil:
                isPinged = true
                deadline = .now + patience
                try handle.send(["PING"].words, by: deadline)
            }
        }
    }

    private enum Meaning {
        case confirmation
        case message(RedisEvent)
        case pong
    }

    private func meaning(of reply: RedisReply) throws(RedisError) -> Meaning {
        switch reply {
        case .error(let code): throw .server(code: code)
        case .array(let parts):
            switch parts.first?.text {
            case "subscribe": return .confirmation
            case "pong": return .pong
            case "message":
                guard parts.count == 3, let channel = parts[1].text, case .bytes(let payload) = parts[2] else {
                    throw .unexpectedReply
                }
                return .message(.message(channel: channel, payload: payload))
            default: throw .unexpectedReply
            }
        default: throw .unexpectedReply
        }
    }
}
