/// Sends requests over connections that it keeps.
///
/// Any number of tasks may send at once. One plain thread runs libcurl's multi interface for all of them; it starts at the first
/// send, so that a run without requests pays nothing, and ends after `shutdown()` or when the client goes.
/// Redirects are not followed, and nothing is ever sent a second time except a GET or HEAD that lost a reused connection.
public final class HTTPClient: Sendable {
    private let mailbox = Mailbox()
    private let configuration: HTTPClientConfiguration

    /// A client; makes no thread, handle or connection yet.
    public init(_ configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.configuration = configuration
    }

    deinit {
        mailbox.close()
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// - Returns: The answer, whatever its status.
    /// - Throws: `HTTPClientError` when there is none. Cancelling the task gives the transfer up and throws `cancelled`.
    public func send(_ request: HTTPRequest) async throws(HTTPClientError) -> HTTPResponse {
        if let defect = request.defect { throw .malformedRequest(defect) }
        return try await perform(.request(request))
    }

    /// Sends a mail; the reply comes as a response, its code as the status and its words as the body. See `MailClient`.
    func send(_ mail: MailTransfer) async throws(HTTPClientError) -> HTTPResponse {
        if let defect = mail.defect { throw .malformedRequest(defect) }
        return try await perform(.mail(mail))
    }

    private func perform(_ work: Submission.Work) async throws(HTTPClientError) -> HTTPResponse {
        if Task.isCancelled { throw .cancelled(requestMayHaveBeenSent: false) }
        let id = mailbox.nextID()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                post(Submission(id, work, continuation))
            }
        } onCancel: {
            mailbox.cancel(id)
        }
        return try outcome.get()
    }

    /// Gives up what is under way, with `HTTPClientError.shutDown`, and takes no more; returns at once.
    public func shutdown() {
        mailbox.close()
    }

    private func post(_ submission: Submission) {
        switch mailbox.post(submission) {
        case .done: break
        case .startThread:
            if !TransferLoop.startThread(TransferLoop.Assignment(mailbox, configuration)) {
                HTTPClient.refuseAll(mailbox, .other(code: -1, requestMayHaveBeenSent: false))
            }
        case .closed: submission.finish(.failure(.shutDown(requestMayHaveBeenSent: false)))
        }
        // A cancellation that came before the posting found nothing to cancel.
        if Task.isCancelled { mailbox.cancel(submission.id) }
    }

    /// Closes the mailbox of a thread that cannot run, and answers what is in it.
    static func refuseAll(_ mailbox: Mailbox, _ error: HTTPClientError) {
        mailbox.close()
        for submission in mailbox.take().submissions { submission.finish(.failure(error)) }
    }
}
