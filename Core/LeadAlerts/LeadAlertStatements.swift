import Postgres

extension SQLStatement {
    // A list of leads is one part, what is to be done about them the second, doing or showing it the third: so a preview shows
    // what a run does.
    private static let comparison = PackageResources.compare_lead_alerts_sql

    /// Looks at a page of all leads and writes.
    static let writePage = SQLStatement(
        embedded: PackageResources.page_of_leads_sql + comparison + PackageResources.write_lead_alerts_sql)
    /// Looks at named leads and writes.
    static let writeGiven = SQLStatement(
        embedded: PackageResources.given_leads_sql + comparison + PackageResources.write_lead_alerts_sql)
    /// Looks at a page of all leads.
    static let previewPage = SQLStatement(
        embedded: PackageResources.page_of_leads_sql + comparison + PackageResources.preview_lead_alerts_sql)
    /// Looks at named leads.
    static let previewGiven = SQLStatement(
        embedded: PackageResources.given_leads_sql + comparison + PackageResources.preview_lead_alerts_sql)
    /// Marks what the clock has brought up.
    static let markTouched = SQLStatement(
        embedded: PackageResources.touched_leads_sql + PackageResources.mark_touched_leads_sql)
    /// Shows it.
    static let previewTouched = SQLStatement(
        embedded: PackageResources.touched_leads_sql + PackageResources.preview_touched_leads_sql)

    static let withdrawAlerts = SQLStatement(embedded: PackageResources.withdraw_lead_alerts_sql)
    static let turnDays = SQLStatement(embedded: PackageResources.turn_alert_days_sql)
    static let pickMarkedLeads = SQLStatement(embedded: PackageResources.pick_marked_leads_sql)
    static let readMarkedTenants = SQLStatement(embedded: PackageResources.read_marked_tenants_sql)
    static let unmarkTenant = SQLStatement(embedded: PackageResources.unmark_tenant_sql)
    static let findMiddle = SQLStatement(embedded: PackageResources.find_middle_sql)
    static let planDigests = SQLStatement(
        embedded: PackageResources.due_digests_sql + PackageResources.plan_alert_digests_sql)
    static let previewDigests = SQLStatement(
        embedded: PackageResources.due_digests_sql + PackageResources.preview_alert_digests_sql)

    /// Opens a transaction: bounds its idle time below the leader's lease (D-81), keeps a batch's sorts in memory, and has leads and
    /// alerts looked up by their keys: merging would sort them by a collation first.
    static let guardTransaction = SQLStatement(
        unsafe: """
            select set_config('idle_in_transaction_session_timeout', '5s', true), set_config('lock_timeout', '5s', true),
                set_config('work_mem', '32MB', true), set_config('random_page_cost', '1.1', true),
                set_config('enable_mergejoin', 'off', true)
            """,
        name: "guard_transaction")
}
