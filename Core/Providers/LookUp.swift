public import HTTPClient

/// What a provider's records say about a message whose answer was lost.
public enum LookUpAnswer: Sendable, Equatable {
    /// It has the message. A code means that the message failed for good.
    case found(providerID: String, failureCode: String?)
    /// Its records do not show the message, which is no proof: nothing may be sent again because of it.
    case notFound
    /// Its records could not be read; the reason is safe to log.
    case unavailable(reason: String)
}

/// A request whose answer was lost, as its row tells it.
public struct LostRequest: Sendable {
    /// What was sent.
    public var prepared: PreparedRequest
    /// When it was sent, in Unix time.
    public var sentAt: Int
    /// The provider's ids of messages that are known already: an equal text of a moment ago must not be taken for the lost one.
    public var knownIDs: Set<String>

    /// A lost request.
    public init(_ prepared: PreparedRequest, sentAt: Int, knownIDs: Set<String> = []) {
        self.prepared = prepared
        self.sentAt = sentAt
        self.knownIDs = knownIDs
    }

    /// Whether a message made at this time, in Unix time, can be the lost one: the clocks may differ by a minute.
    func mayBeMade(at time: Int) -> Bool { time >= sentAt - 60 }
}

/// One look-up under way: a value that says what to ask next, without I/O.
public protocol LookUp: Sendable {
    /// Takes the answer to the last question, nil before the first, and says how to go on.
    mutating func next(_ answer: Result<HTTPResponse, HTTPClientError>?) -> LookUpStep
}

/// How a look-up goes on.
public enum LookUpStep: Sendable, Equatable {
    /// This is to be asked.
    case ask(HTTPRequest)
    /// This is known in the end.
    case know(LookUpAnswer)
}

extension TextProvider {
    /// Looks a message up whose answer was lost; no sooner than `lookUpDelay` after it was sent.
    public func lookUp(_ lost: LostRequest, over client: HTTPClient) async -> LookUpAnswer {
        var lookUp = lookUp(lost)
        var answer: Result<HTTPResponse, HTTPClientError>?
        while true {
            switch lookUp.next(answer) {
            case .know(let known): return known
            case .ask(let request):
                do { answer = .success(try await client.send(request)) } catch { answer = .failure(error) }
            }
        }
    }
}

extension LookUpAnswer {
    /// Why an answer that holds no records holds none.
    static func unavailable(_ result: Result<HTTPResponse, HTTPClientError>) -> LookUpAnswer {
        switch result {
        case .failure(let error): .unavailable(reason: error.label)
        case .success(let response) where response.status == 200: .unavailable(reason: "unreadable_records")
        case .success(let response): .unavailable(reason: response.statusCode)
        }
    }
}
