internal import Synchronization

/// Asks for many at once what many ask for: while one question is on its way, those that come meanwhile become the next.
final class Coalescer<Question: Sendable, Reply: Sendable>: Sendable {
    private enum Turn: Sendable {
        case lead
        case answered(Result<Reply, any Error>)
    }

    private typealias Asker = (question: Question, continuation: CheckedContinuation<Turn, Never>)

    private let waiting = Mutex<(isAsking: Bool, askers: [Asker])>((false, []))
    private let limit: Int
    private let ask: @Sendable ([Question]) async throws -> [Reply]

    /// - Parameters:
    ///   - limit: most questions at once.
    ///   - ask: answers each, in order.
    init(limit: Int = 256, _ ask: @escaping @Sendable ([Question]) async throws -> [Reply]) {
        self.limit = limit
        self.ask = ask
    }

    /// Asks one question.
    func ask(_ question: Question) async throws -> Reply {
        let leads = waiting.withLock { waiting in
            defer { waiting.isAsking = true }
            return !waiting.isAsking
        }
        if !leads {
            switch await turn(question) {
            case .answered(let reply): return try reply.get()
            case .lead: break
            }
        }
        return try await lead(question)
    }

    private func turn(_ question: Question) async -> Turn {
        await withCheckedContinuation { continuation in
            let leads = waiting.withLock { waiting in
                if waiting.isAsking {
                    waiting.askers.append((question, continuation))
                    return false
                }
                waiting.isAsking = true
                return true
            }
            if leads { continuation.resume(returning: .lead) }
        }
    }

    /// Asks with those who wait, then passes the lead on.
    private func lead(_ question: Question) async throws -> Reply {
        let others = waiting.withLock { waiting in
            let others = Array(waiting.askers.prefix(limit - 1))
            waiting.askers.removeFirst(others.count)
            return others
        }
        let replies: Result<[Reply], any Error>
        do {
            replies = .success(try await ask([question] + others.map(\.question)))
        } catch {
            replies = .failure(error)
        }
        for (index, other) in others.enumerated() {
            other.continuation.resume(returning: .answered(replies.map { $0[index + 1] }))
        }
        let next: Asker? = waiting.withLock { waiting in
            if waiting.askers.isEmpty {
                waiting.isAsking = false
                return nil
            }
            return waiting.askers.removeFirst()
        }
        next?.continuation.resume(returning: .lead)
        return try replies.get()[0]
    }
}
