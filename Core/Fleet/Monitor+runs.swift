internal import Monitoring

extension Monitor {
    /// Tells how a run ended.
    ///
    /// - Parameter hasStarted: it led, and its start was told. A follower that did well has nothing to say: the leader speaks.
    func tell(_ report: RunReport, schedules: [String], hasStarted: Bool) {
        if hasStarted {
            finished(
                run: report.runID, schedules: schedules, exit: report.exit, duration: report.duration, counts: report.counts)
        } else if let failure = report.failure {
            beat(schedules: schedules, exit: failure.exit, counts: report.counts)
        }
        Incident.of(counts: report.counts).forEach { self.report($0) }
        if let failure = report.failure { tellDefect(failure) }
    }

    /// Tells of a failure that ended a run before it was known whether it leads, or a resident one.
    func tell(_ failure: Failure, schedules: [String]) {
        beat(schedules: schedules, exit: failure.exit, counts: [])
        tellDefect(failure)
    }

    private func tellDefect(_ failure: Failure) {
        Incident.of(failure: failure.label, summary: "a run ended with an unexpected error", exit: failure.exit)
            .map { report($0) }
    }
}
