/// Opens authenticated connections to whichever server is meant to be used right now.
struct RedisConnector: Sendable {
    let configuration: RedisConfiguration

    /// Connects, authenticates and selects the database.
    /// - Parameter deadline: When the caller's patience ends; the configured connect time-out may end it sooner.
    func open(by deadline: ContinuousClock.Instant) throws(RedisError) -> RedisHandle {
        let deadline = min(deadline, .now + configuration.connectTimeout)
        do throws(RedisError) {
            switch configuration.server {
            case .direct(let endpoint): return try greet(try RedisHandle.open(endpoint, by: deadline), by: deadline)
            case .sentinels(let sentinels, let name): return try primary(name, of: sentinels, by: deadline)
            }
        } catch .timeout {
            throw .timeout(.connect)
        }
    }

    /// Asks the sentinels in turn, and believes an answer when that server says itself that it is the primary: after a
    /// failover a sentinel may still name the old one for a while.
    private func primary(
        _ name: String, of sentinels: [RedisEndpoint], by deadline: ContinuousClock.Instant
    ) throws(RedisError) -> RedisHandle {
        var last = RedisError.noPrimary
        for (index, sentinel) in sentinels.enumerated() {
            // A sentinel that hangs must leave time for the ones behind it.
            let share = ContinuousClock.now.duration(to: deadline) / (sentinels.count - index)
            let turn = min(deadline, .now + share)
            do throws(RedisError) {
                let endpoint = try address(of: name, from: sentinel, by: turn)
                let handle = try greet(try RedisHandle.open(endpoint, by: turn), by: turn)
                guard try isPrimary(handle, by: turn) else { throw .noPrimary }
                return handle
            } catch {
                // A refusal is the answer to give: it says more than the silence of the others.
                if case .server = last { continue }
                last = error
            }
        }
        throw last
    }

    private func isPrimary(_ handle: borrowing RedisHandle, by deadline: ContinuousClock.Instant) throws(RedisError) -> Bool {
        do throws(RedisError) {
            guard case .array(let role) = try handle.ask(["ROLE"].words, by: deadline) else { return false }
            return role.first?.text == "master"
        } catch .server(code: "NOPERM") {
            // A user with few rights may not ask. Then the sentinel's word counts, and a replica would refuse the first write.
            return true
        }
    }

    private func address(
        of name: String, from sentinel: RedisEndpoint, by deadline: ContinuousClock.Instant
    ) throws(RedisError) -> RedisEndpoint {
        let handle = try RedisHandle.open(sentinel, by: deadline)
        let reply = try handle.ask(["SENTINEL", "get-master-addr-by-name", name].words, by: deadline)
        guard case .array(let parts) = reply, parts.count == 2, let host = parts[0].text,
            let port = parts[1].text.flatMap({ UInt16($0) })
        else { throw .noPrimary }
        return .host(host, port: Int(port))
    }

    private func greet(_ handle: consuming RedisHandle, by deadline: ContinuousClock.Instant) throws(RedisError) -> RedisHandle {
        if let password = configuration.password {
            let words = ["AUTH"] + (configuration.username.map { [$0] } ?? []) + [password]
            _ = try handle.ask(words.words, by: deadline)
        }
        if configuration.database != 0 { _ = try handle.ask(["SELECT", String(configuration.database)].words, by: deadline) }
        return handle
    }
}

extension [String] {
    /// The words as the bytes that go over the wire.
    var words: [[UInt8]] { map { [UInt8]($0.utf8) } }
}
