import API
import HTTPClient
import Ingest
import Postgres
import TestSupport
import Testing

/// The M.A.X. document's test 3, "Flux complet E2E" [339-377], for many leads at once.
struct ScenarioTests {
    /// What a lead's alert came to.
    private struct Ending: Sendable {
        let lead: String
        /// What the answer to the lead's message said it resolved.
        let named: [String]
        /// What the answer to the hand's resolve said.
        let resolvedBy: String?
    }

    @Test func `a lead without an answer, an alert, and its end by whoever comes first, the hand or the lead`() async throws {
        let ingest = try await IngestFixture.make()
        try await ingest.database.execute("insert into organizations (id, name) values ('macrea', 'Macrea')")
        let key = try await IngestFixture.addKey(.server, "macrea", scopes: ["ingest", "read"], to: ingest.database)
        let macrea = ["Authorization": "Bearer \(key)", "X-Tenant": "macrea"]
        let leads = (0..<40).map { "694d0bed15df5b9e1-\($0)" }

        // 1. A message out. 2. Time passes, and the generator raises the alert. 3. The dashboard shows it.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lead in leads {
                group.addTask {
                    let out = try await ingest.send(
                        .post, "/api/activities/log",
                        #"""
                        {"leadId": "\#(lead)", "channel": "whatsapp", "direction": "out", "status": "sent",
                         "messageSnippet": "Bonjour, avez-vous reçu notre devis?"}
                        """#, headers: macrea)
                    #expect(out.status == 200 && out.list("alerts", "created") == [] && out.list("alerts", "resolved") == [])
                    try await ingest.database.execute(
                        """
                        insert into max_alerts (tenant_id, lead_id, type, severity, message)
                        values ('macrea', $1, 'NoReply3d', 'med', 'Pas de réponse depuis 3 jours')
                        """, [.text(lead)])
                }
            }
            try await group.waitForAll()
        }
        let shown = try await ingest.send(.get, "/api/alerts/active", headers: macrea)
        #expect(shown.json["stats"]?["total"] == 40 && shown.json["stats"]?["by_type"]?["NoReply3d"] == 40)
        let ids = Dictionary(
            uniqueKeysWithValues: (shown.json["alerts"]?.elements ?? []).map { ($0["lead_id"]?.text ?? "", $0["id"]?.text ?? "") }
        )
        #expect(Set(ids.keys) == Set(leads))

        // 4. The lead answers, and somebody resolves the alert, at once.
        let endings = try await withThrowingTaskGroup(of: Ending.self) { group in
            for (lead, id) in ids {
                group.addTask {
                    async let answer = ingest.send(
                        .post, "/api/activities/log",
                        #"""
                        {"leadId": "\#(lead)", "channel": "whatsapp", "direction": "in", "status": "replied",
                         "messageSnippet": "Oui, je suis intéressé"}
                        """#, headers: macrea)
                    async let resolve = ingest.send(.post, "/api/alerts/\(id)/resolve", headers: macrea)
                    let (log, hand) = try await (answer, resolve)
                    #expect(log.status == 200 && hand.status == 200)
                    return Ending(
                        lead: lead, named: log.list("alerts", "resolved"), resolvedBy: hand.json["alert"]?["resolved_by"]?.text)
                }
            }
            return try await group.reduce(into: [Ending]()) { $0.append($1) }
        }

        // 5. It is over, once, and both were told the same.
        for ending in endings {
            let row = try await ingest.database.rows(
                "select resolved_by from max_alerts where lead_id = $1", [.text(ending.lead)])
            #expect(row == [[ending.resolvedBy ?? ""]])
            #expect(ending.named == (ending.resolvedBy == "auto:inbound" ? ["NoReply3d"] : []), "\(ending)")
        }
        let after = try await ingest.send(.get, "/api/alerts/active", headers: macrea)
        #expect(after.json["alerts"] == [] && after.json["stats"]?["total"] == 0)
        #expect(try await ingest.database.count("select count(*) from lead_activities where tenant_id = 'macrea'") == 80)
    }
}
