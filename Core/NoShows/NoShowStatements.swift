internal import Postgres

extension SQLStatement {
    static let peekNoShows = SQLStatement(embedded: PackageResources.peek_no_shows_sql)
    static let listSilentRooms = SQLStatement(embedded: PackageResources.list_silent_rooms_sql)
    static let lockNoShowTenants = SQLStatement(embedded: PackageResources.lock_no_show_tenants_sql)
    static let pickDueNoShows = SQLStatement(embedded: PackageResources.pick_due_no_shows_sql)
    static let detectNoShows = SQLStatement(embedded: PackageResources.detect_no_shows_sql)
    static let planNoShowMessages = SQLStatement(embedded: PackageResources.plan_no_show_messages_sql)
    static let moveNoShowPointers = SQLStatement(embedded: PackageResources.move_no_show_pointers_sql)
    static let planNoShowRates = SQLStatement(embedded: PackageResources.plan_no_show_rates_sql)
    static let nextNoShowDue = SQLStatement(embedded: PackageResources.next_no_show_due_sql)
    static let proveNoShowPointers = SQLStatement(embedded: PackageResources.prove_no_show_pointers_sql)
    static let repairNoShowPointers = SQLStatement(embedded: PackageResources.repair_no_show_pointers_sql)
    static let repairNoShowRatePointers = SQLStatement(embedded: PackageResources.repair_no_show_rate_pointers_sql)
    static let readPlanned = SQLStatement(embedded: PackageResources.read_planned_sql)
    static let rehearseLease = SQLStatement(embedded: PackageResources.rehearse_lease_sql)
    static let loadNoShows = SQLStatement(embedded: PackageResources.load_no_shows_sql)
    static let settleIneligibleNoShows = SQLStatement(embedded: PackageResources.settle_ineligible_no_shows_sql)
    static let loadNoShowRates = SQLStatement(embedded: PackageResources.load_no_show_rates_sql)
    static let settleIneligibleNoShowRates = SQLStatement(embedded: PackageResources.settle_ineligible_no_show_rates_sql)

    // As the reminders' planner: a stopped leader must not hold up its successor (D-81), and what was picked is looked up by its
    // keys.
    static let guardTransaction = SQLStatement(
        unsafe: """
            select set_config('idle_in_transaction_session_timeout', '5s', true), set_config('lock_timeout', '5s', true),
                set_config('work_mem', '32MB', true), set_config('random_page_cost', '1.1', true)
            """,
        name: "guard_transaction")
}
