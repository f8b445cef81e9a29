import Primitives
@testable import Runtime
import Testing

@Suite struct FailpointsTests {
    @Test(arguments: [
        "leader.acquired=kill", "plan.picked=stop@2", "plan.written=stall:500ms", "plan.committed=fail@1~resend",
        "jobs.claimed=fail;jobs.settled=fail", "lease.renewal=stall:2m@3", ";;",
    ])
    func `what is well formed is taken`(text: String) throws { _ = try Failpoints(text) }

    @Test(arguments: [
        "nowhere=kill", "leader.acquired", "leader.acquired=", "leader.acquired=explode", "leader.acquired=kill@0",
        "leader.acquired=kill@x", "leader.acquired=kill@1@2", "leader.acquired=stall:", "leader.acquired=stall:5",
        "leader.acquired=stall:2h", "=kill", "jobs.claimed=fail;nowhere=kill",
    ])
    func `anything else is a fault that names what there is`(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try Failpoints(text) }
        #expect(error?.faults.count == 1)
        #expect(error?.description.contains("leader.acquired") == true)
    }

    @Test func `nothing strikes until armed`() throws {
        let failpoints = try Failpoints("jobs.claimed=fail")
        try failpoints.reach(.jobsClaimed)
        failpoints.arm()
        #expect(throws: FailpointError.self) { try failpoints.reach(.jobsClaimed) }
        try failpoints.reach(.jobsSettled)
        #expect(!failpoints.isEmpty)
        #expect(try Failpoints(nil).isEmpty)
    }

    @Test func `a strike may be for one time, and for one thing only`() throws {
        let failpoints = try Failpoints("jobs.claimed=fail@2;request.answered=fail@2~resend")
        failpoints.arm()
        try failpoints.reach(.jobsClaimed)
        #expect(throws: FailpointError.self) { try failpoints.reach(.jobsClaimed) }
        try failpoints.reach(.jobsClaimed)
        try failpoints.reach(.requestAnswered, about: "resend 1")
        try failpoints.reach(.requestAnswered, about: "twilio")
        #expect(throws: FailpointError.self) { try failpoints.reach(.requestAnswered, about: "resend 2") }
    }

    @Test func `a stall passes after its time`() throws {
        let failpoints = try Failpoints("jobs.claimed=stall:5ms")
        failpoints.arm()
        try failpoints.reach(.jobsClaimed)
    }

    @Test func `two processes never have one identity`() {
        let (one, other) = (ProcessIdentity(), ProcessIdentity())
        #expect(one.holder != other.holder)
        #expect(!one.host.isEmpty)
        #expect(!one.holder.contains(one.host))
    }
}
