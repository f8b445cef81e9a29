import TestSupport
import Testing

/// Any cadence gives the same messages (D-01), and what is materialised equals the full derivation.
///
/// The theorem. A tick writes exactly the steps that the full derivation yields at its instant, that are due, and that have no
/// row yet; pointers only spare it from looking. So the ledger depends on the changes and the instants of the ticks alone
/// (`SequenceModel` says how). A step arises when it comes due, or when a change brings it about after that. If two cadences both
/// have a tick between each step's arising and the earlier of its expiry and the next change that concerns it, both see every
/// step first in the same state of affairs, and write the same ledger, row for row; ticks may be added anywhere without changing
/// a row. Where a change comes between due and tick, the later tick goes by the change: that is wanted, not a difference to be
/// ironed out.
@Suite(.serialized)
struct CadenceTests {
    private static let length = 720

    /// Runs changes and ticks in the order of time, at one minute the tick last; proves the pointers as it goes.
    private func run(_ history: History, ticks: [Int], agenda: Agenda) async throws {
        var changes = history.changes[...]
        for (number, tick) in ticks.enumerated() {
            while let change = changes.first, change.minute <= tick {
                try await agenda.apply(change)
                changes.removeFirst()
            }
            try await agenda.plan(atMinute: tick)
            // The proof is as dear as ten ticks.
            if number % 13 == 0 { #expect(try await agenda.forgotten(at: History.origin.minutes(tick)) == 0) }
        }
        #expect(changes.isEmpty)
    }

    /// The ledger that the model writes for the same history and ticks.
    private func model(_ history: History, ticks: [Int]) -> [String] {
        var model = SequenceModel()
        var changes = history.changes[...]
        for tick in ticks {
            while let change = changes.first, change.minute <= tick {
                model.apply(change)
                changes.removeFirst()
            }
            model.tick(at: tick)
        }
        return model.ledger
    }

    /// Looks at every appointment afresh: what the pointers had hidden would be written now.
    private func deriveEverything(_ agenda: Agenda, atMinute minute: Int) async throws -> Int {
        try await agenda.database.execute(
            """
            insert into relance.appointment_due (tenant_id, appointment_id, next_due_at)
            select tenant_id, id, '-infinity' from appointments
            on conflict (tenant_id, appointment_id) do update set next_due_at = '-infinity'
            """)
        return try await agenda.plan(atMinute: minute)
    }

    @Test(arguments: UInt64(1)...8)
    func `a random history at a random cadence leaves the ledger of the full derivation`(seed: UInt64) async throws {
        let history = History(seed: seed, length: Self.length, grid: 1)
        var random = SplitMix(state: seed &* 7919)
        let ticks = (0..<60).map { _ in Int.random(in: 0..<Self.length + 360, using: &random) }.sorted() + [Self.length + 400]
        let agenda = try await Agenda.forHistory()
        try await run(history, ticks: ticks, agenda: agenda)
        #expect(try await agenda.keys() == model(history, ticks: ticks))
        #expect(try await agenda.forgotten(at: History.origin.minutes(Self.length + 400)) == 0)
        #expect(try await deriveEverything(agenda, atMinute: Self.length + 400) == 0)
    }

    @Test(arguments: UInt64(1)...2)
    func `the seed's quarter-hours, single minutes and any ticks between them write the same ledger`(seed: UInt64) async throws {
        // Starts, offsets and changes lie on quarter-hours, so no step arises between two of them.
        let history = History(seed: seed, length: 300, grid: 15, changes: 30)
        let quarters = Array(stride(from: 0, through: 480, by: 15))
        var random = SplitMix(state: seed)
        let between = (0..<40).map { _ in Int.random(in: 0..<480, using: &random) }
        var ledgers: [[String]] = []
        for ticks in [quarters, Array(0...480), (quarters + between).sorted()] {
            let agenda = try await Agenda.forHistory()
            try await run(history, ticks: ticks, agenda: agenda)
            ledgers.append(try await agenda.keys())
        }
        #expect(ledgers[0].contains { $0.hasSuffix(" pending") })
        #expect(ledgers[1] == ledgers[0])
        #expect(ledgers[2] == ledgers[0])
        #expect(ledgers[0] == model(history, ticks: quarters))
    }

    @Test func `a single tick at the end plans every step that any cadence would, the expired ones as missed`() async throws {
        // All changes come before anything is due: the ticks differ in nothing but lateness.
        let agenda = try await Agenda.forHistory()
        let often = try await Agenda.forHistory()
        for number in 1...6 {
            let change = Change(
                minute: 0, event: .book("a\(number)", start: 200 + 45 * number, closer: number % 3 == 0 ? nil : "c1"))
            try await agenda.apply(change)
            try await often.apply(change)
        }
        for tick in stride(from: 0, through: 600, by: 5) { try await often.plan(atMinute: tick) }
        try await agenda.plan(atMinute: 600)
        let withoutOutcome = { (line: String) in line.split(separator: " ").first.map(String.init) ?? "" }
        #expect(try await agenda.keys().map(withoutOutcome) == often.keys().map(withoutOutcome))
        #expect(try await often.keys().allSatisfy { $0.hasSuffix("pending") || $0.hasSuffix("no_recipient") })
        #expect(try await agenda.keys().allSatisfy { $0.contains("missed") || $0.hasSuffix("no_recipient") })
    }

    @Test func `the proof finds and mends a pointer that was lost`() async throws {
        let agenda = try await Agenda.forHistory()
        for number in 1...20 {
            try await agenda.apply(Change(minute: 0, event: .book("a\(number)", start: 400, closer: "c1")))
        }
        try await agenda.plan(atMinute: 10)
        try await agenda.database.execute("delete from relance.appointment_due where appointment_id in ('a3', 'a9')")
        try await agenda.database.execute(
            "update relance.appointment_due set next_due_at = next_due_at + interval '1 hour' where appointment_id = 'a20'")
        #expect(try await agenda.forgotten(at: History.origin.minutes(11)) == 3)
        #expect(try await agenda.forgotten(at: History.origin.minutes(11)) == 0)
        try await agenda.plan(atMinute: 220)
        #expect(try await agenda.ledger(step: "J-1").count == 20)
    }
}
