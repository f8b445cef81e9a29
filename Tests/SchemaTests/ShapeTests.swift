import Postgres
import TestSupport
import Testing

@Suite struct ShapeTests {
    /// Tables of the products: all of schema public but the migrator's ledger.
    private static let business = """
        select c.oid, c.relname from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname <> 'relance_migrations'
        """

    @Test func `every business table has the tenant first in its keys`() async throws {
        let database = try await sharedDatabase.value
        // organizations: the tenant is its own key.
        let wrong = try await database.rows(
            """
            select t.relname, i.indexrelid::regclass
            from (\(Self.business)) t
            left join pg_index i on i.indrelid = t.oid and (i.indisprimary or i.indisunique)
            left join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
            where t.relname <> 'organizations' and a.attname is distinct from 'tenant_id'
            """)
        #expect(wrong.isEmpty, "\(wrong)")
        #expect(
            try await database.value(
                "select attgenerated from pg_attribute where attrelid = 'organizations'::regclass and attname = 'tenant_id'")
                == "s")
    }

    @Test func `every business table has a primary key`() async throws {
        let wrong = try await sharedDatabase.value.rows(
            "select t.relname from (\(Self.business)) t where not exists (select from pg_index i where i.indrelid = t.oid and i.indisprimary)"
        )
        #expect(wrong.isEmpty, "\(wrong)")
    }

    @Test func `a reference never leaves its tenant`() async throws {
        let wrong = try await sharedDatabase.value.rows(
            """
            select k.conrelid::regclass, k.conname from pg_constraint k join (\(Self.business)) t on t.oid = k.conrelid
            join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
            where k.contype = 'f' and a.attname <> 'tenant_id'
            """)
        #expect(wrong.isEmpty, "\(wrong)")
    }

    @Test func `no instant is without its zone`() async throws {
        let naive = try await sharedDatabase.value.rows(
            """
            select table_schema, table_name, column_name from information_schema.columns
            where table_schema in ('relance', 'public') and data_type = 'timestamp without time zone'
            """)
        #expect(naive.isEmpty, "\(naive)")
    }

    @Test func `an index begins with the tenant wherever a query on one tenant uses it`() async throws {
        let indexes = try await sharedDatabase.value.rows(
            """
            select i.indexrelid::regclass from pg_index i join (\(Self.business)) t on t.oid = i.indrelid
            join pg_attribute a on a.attrelid = t.oid and a.attnum = i.indkey[0]
            where a.attname <> 'tenant_id' and t.relname <> 'organizations' order by 1
            """)
        // The one that the M.A.X. document asks for, and its like: what has come of age is looked for in all tenants at once.
        #expect(indexes == [["idx_lead_activities_created"], ["leads_created"], ["blacklist_entries_expiry"]])
    }

    @Test func `every IANA zone is one, and nothing else is`() async throws {
        let database = try await sharedDatabase.value
        let refused = try await database.rows(
            """
            select name from pg_timezone_names
            where name like '%/%' and name !~ '^(posix|right|SystemV)/' and not relance.is_time_zone(name)
            """)
        #expect(refused.isEmpty, "\(refused)")
        for zone in [
            "UTC", "Europe/Paris", "America/Toronto", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "Etc/GMT+5",
        ] {
            #expect(try await database.value("select relance.is_time_zone($1)", [.text(zone)]) == "t", "\(zone)")
        }
        for zone in [
            "", " ", "Paris", "CET", "EST5EDT", "GMT+1", "+02:00", "Europe/Pariss", "Europe/Paris ", "Europe/Paris+1",
            "Nowhere/Land+5",
            "Nowhere/Land-5", "Europe/", "/Paris", "Europe/Paris; drop", "Europe/../Paris", "localtime", "\n", "Etc/GMT+99",
        ] { #expect(try await database.value("select relance.is_time_zone($1)", [.text(zone)]) == "f", "\(zone)") }
        #expect(try await database.value("select relance.is_time_zone(null) is null") == "t")
    }

    @Test func `every table that one statement may fill is vacuumed in time`() async throws {
        let tuned = try await sharedDatabase.value.rows(
            """
            select relname from pg_class where relnamespace = 'relance'::regnamespace and reloptions::text like '%autovacuum%' order by 1
            """)
        #expect(
            tuned.map { $0[0] } == [
                "abandon_due", "appointment_due", "deliveries", "idempotency_keys", "jobs", "lead_alert_marks", "no_show_due",
            ])
    }
}
