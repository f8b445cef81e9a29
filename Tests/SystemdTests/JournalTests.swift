import Foundation
import Systemd
import Testing

@Suite struct JournalTests {
    @Test(arguments: [
        ("MESSAGE", "MESSAGE"), ("job.kind", "JOB_KIND"), ("lateness_s", "LATENESS_S"), ("_private", "F__PRIVATE"),
        ("3d", "F_3D"),
        ("", "F_"), ("é", "F___"), (String(repeating: "x", count: 70), String(repeating: "X", count: 64)),
    ])
    func `a field's name becomes one that the journal takes`(_ name: String, _ expected: String) {
        #expect(Journal.fieldName(name) == expected)
    }

    @Test func `an entry of any content is no failure, journal or not`() {
        #expect(Journal.send([("MESSAGE", "two\nlines"), ("PRIORITY", "6"), ("job.kind", "")]))
    }

    @Test func `standard error is the journal only when systemd's mark fits it`() async {
        await #expect(processExitsWith: .success) {
            unsetenv("JOURNAL_STREAM")
            #expect(!Journal.isStandardError)
            setenv("JOURNAL_STREAM", "1:1", 1)
            #expect(!Journal.isStandardError)
            var status = stat()
            fstat(STDERR_FILENO, &status)
            setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
            #expect(Journal.isStandardError)
        }
    }
}
