import Foundation
import TestSupport
import Testing

/// Leads from CSV files.
@Suite struct CLIImportLeadsTests {
    @Test func `each bad row is named by its line, and the good ones are loaded`() async throws {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization()
        var bytes = Data([0xEF, 0xBB, 0xBF])
        bytes += Data(
            """
            org,lead_id,name,email,phone\r
            acme,l1,"Anne, ""la"" Reine\r
            de Suède",anne@lead.example,06 39 98 00 01\r
            \r
            acme,l2,Bob,not-an-address,\r
            acme,l3,"Unclosed,x,y\r
            acme,l1,Again,again@lead.example,\r
            nowhere,l5,Nemo,,\r
            acme,l6,Two few\r
            acme,l7,"Quote"d,,\r
            acme,l8,Phoney,,12\r
            acme,,Nameless,,\r
            acme,l9,\(String(repeating: "x", count: 201)),,\r
            acme,l10,B
            """.utf8)
        bytes += Data([0xE9]) + Data("a,,\r\nacme,l11,Last,,+33639980002".utf8)
        let outcome = try await fixture.relance(["import", "leads", try fixture.file(bytes: bytes), "--json"])
        #expect(outcome.exit == .status(65))
        let json = try outcome.json()
        let faults = try #require(json["faults"] as? [[String: Any]])
        let problems = Dictionary(uniqueKeysWithValues: faults.map { ($0["line"] as? Int ?? 0, $0["problem"] as? String ?? "") })
        let expected = [
            5: "email: not a mail address", 6: "quote", 7: "lead_id: a duplicate of line 2", 8: "relance import organizations",
            9: "3 fields where the header names 5", 10: "text after a closing quote", 12: "lead_id: empty",
            13: "name: longer than 200",
            14: "name: invalid UTF-8",
        ]
        #expect(problems.keys.sorted() == expected.keys.sorted())
        for (line, problem) in expected {
            #expect(problems[line]?.contains(problem) == true, "\(line): \(problems[line] ?? "–")")
        }
        #expect((json["warnings"] as? [[String: Any]])?.map { $0["line"] as? Int } == [11])
        #expect(json["inserted"] as? Int == 3)
        #expect(
            try await fixture.database.rows("select id, name, phone from leads order by id")
                == [
                    ["l1", "Anne, \"la\" Reine\r\nde Suède", "+33639980001"], ["l11", "Last", "+33639980002"],
                    ["l8", "Phoney", ""],
                ])
        #expect(outcome.errors.contains(":5: refused: email"))
        #expect(!outcome.errors.contains("not-an-address"))
    }

    @Test func `a second import changes nothing, a changed row is updated, an erased lead stays erased`() async throws {
        let fixture = try await CLIFixture.make()
        try await fixture.addOrganization()
        let header = "org,lead_id,name,email,phone\n"
        let file = try fixture.file(
            header + "acme,l1,Anne,anne@lead.example,0639980001\nacme,l2,Bob,,\nacme,l3,Eve,eve@lead.example,\n")
        #expect(try await fixture.relance(["import", "leads", file, "--json"]).json()["inserted"] as? Int == 3)
        #expect(try await fixture.relance(["import", "leads", file, "--json"]).json()["unchanged"] as? Int == 3)

        try await fixture.database.execute("update leads set erased_at = now(), name = 'erased', email = null where id = 'l3'")
        let changed = try fixture.file(
            header + "acme,l1,Anne,anne@new.example,not a number\nacme,l2,Bob,,\nacme,l3,Eve,eve@lead.example,\n")
        let outcome = try await fixture.relance(["import", "leads", changed, "--json"])
        #expect(outcome.exit == .status(65))
        #expect(try outcome.json()["updated"] as? Int == 1)
        #expect(outcome.errors.contains("erased"))
        #expect(
            try await fixture.database.rows("select id, name, email, phone from leads order by id") == [
                ["l1", "Anne", "anne@new.example", "+33639980001"], ["l2", "Bob", "", ""], ["l3", "erased", "", ""],
            ])
    }

    @Test(arguments: [("", "the file is empty"), ("org,lead_id,name\n", "missing column email, phone")])
    func `a file without its header is refused as a whole`(content: String, sentence: String) async throws {
        let fixture = try await CLIFixture.make()
        let outcome = try await fixture.relance(["import", "leads", try fixture.file(content)])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    }

    @Test(arguments: ["/nowhere/leads.csv", "/tmp"]) func `a file that cannot be read is told with the system's reason`(
        path: String
    ) async throws {
        let outcome = try await CLIFixture.make().relance(["import", "leads", path])
        #expect(outcome.exit == .status(65))
        #expect(outcome.errors.contains(path + ": "))
    }
}
