private import CCurl
private import Glibc

/// The thread's work: takes requests in, moves bytes, gives outcomes back; all of libcurl's calls are here.
///
/// Requests and outcomes go in batches: under load one pass of the loop starts and ends many transfers.
struct TransferLoop: ~Copyable {
    private let mailbox: Mailbox
    private let configuration: HTTPClientConfiguration
    private let multi: MultiHandle
    private var admission: Admission
    private var active: [UInt64: Transfer] = [:]
    private var idle: [Transfer] = []

    /// What a thread is given.
    final class Assignment: Sendable {
        let mailbox: Mailbox
        let configuration: HTTPClientConfiguration

        init(_ mailbox: Mailbox, _ configuration: HTTPClientConfiguration) {
            self.mailbox = mailbox
            self.configuration = configuration
        }
    }

    private init(_ assignment: Assignment, _ multi: consuming MultiHandle) {
        mailbox = assignment.mailbox
        configuration = assignment.configuration
        self.multi = multi
        admission = Admission(configuration)
    }

    /// Starts the thread; false when there can be none.
    ///
    /// It is detached: nobody waits for its end, which a pending name look-up could put off by seconds.
    static func startThread(_ assignment: Assignment) -> Bool {
        let owned = Unmanaged.passRetained(assignment)
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, { TransferLoop.main($0) }, owned.toOpaque())
        guard failure == 0 else {
            owned.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private static func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument else { return nil }
        let assignment = Unmanaged<Assignment>.fromOpaque(argument).takeRetainedValue()
        // Signals belong to the main thread; SIGPIPE must not end the process when a server hangs up.
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        guard let multi = MultiHandle.open(assignment.configuration) else {
            HTTPClient.refuseAll(assignment.mailbox, .other(code: -1, requestMayHaveBeenSent: false))
            return nil
        }
        assignment.mailbox.attach(multi.pointer)
        var loop = TransferLoop(assignment, multi)
        loop.run()
        assignment.mailbox.attach(nil)
        return nil
    }

    private mutating func run() {
        while true {
            let contents = mailbox.take()
            for submission in contents.submissions where admission.arrive(submission) { begin(submission) }
            for id in contents.cancellations { giveUp(id) { .cancelled(requestMayHaveBeenSent: $0) } }
            if contents.isClosed { break }
            var running: Int32 = 0
            curl_multi_perform(multi.pointer, &running)
            settle()
            // The time-outs of libcurl cut this short, and so does `curl_multi_wakeup`, even when called before.
            curl_multi_poll(multi.pointer, nil, 0, expireWaiting(), nil)
        }
        for submission in admission.removeAll() { submission.finish(.failure(.shutDown(requestMayHaveBeenSent: false))) }
        for id in active.keys { giveUp(id) { .shutDown(requestMayHaveBeenSent: $0) } }
    }

    private mutating func begin(_ first: Submission) {
        var next: Submission? = first
        while let submission = next {
            if submission.deadline <= ContinuousClock.now {
                // Its time ended in the line. Begun now, it would be cut off at once, perhaps with bytes on their way.
                submission.finish(.failure(.timedOut(requestMayHaveBeenSent: false)))
            } else if let transfer = idle.popLast() ?? Transfer.open() {
                transfer.begin(submission, configuration)
                active[submission.id] = transfer
                curl_multi_add_handle(multi.pointer, transfer.pointer)
                return
            } else {
                submission.finish(.failure(.other(code: -1, requestMayHaveBeenSent: false)))
            }
            next = admission.leave(submission.origin)
        }
    }

    /// Ends the waiting requests whose time is over, and returns the milliseconds until that has to be looked at again.
    private mutating func expireWaiting() -> Int32 {
        guard admission.earliestDeadline != nil else { return 600_000 }
        let now = ContinuousClock.now
        for submission in admission.expire(now) { submission.finish(.failure(.timedOut(requestMayHaveBeenSent: false))) }
        guard let deadline = admission.earliestDeadline else { return 600_000 }
        return Int32(clamping: min(600_000, max(0, now.duration(to: deadline).wholeMilliseconds) + 1))
    }

    /// Answers every transfer that has ended.
    private mutating func settle() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi.pointer, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = Transfer.of(easy)
            else { continue }
            let code = Int(message.pointee.data.result.rawValue)
            finish(transfer, transfer.outcome(code))
        }
    }

    private mutating func giveUp(_ id: UInt64, _ error: (Bool) -> HTTPClientError) {
        if let waiting = admission.remove(id) { return waiting.finish(.failure(error(false))) }
        guard let transfer = active[id] else { return }
        transfer.giveUp()
        finish(transfer, .failure(error(transfer.mayHaveBeenSent)))
    }

    private mutating func finish(_ transfer: Transfer, _ outcome: Result<HTTPResponse, HTTPClientError>) {
        curl_multi_remove_handle(multi.pointer, transfer.pointer)
        guard let submission = transfer.submission else { return }
        active[submission.id] = nil
        transfer.end()
        idle.append(transfer)
        submission.finish(outcome)
        if let next = admission.leave(submission.origin) { begin(next) }
    }
}
