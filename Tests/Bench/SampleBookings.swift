/// Organisations with their people and bookings, as many as an experiment asks for.
struct SampleBookings {
    private static let organizations = 50
    let database: BenchDatabase

    /// Organisations, closers, and one lead for every booking to come.
    func people(leads: Int) async throws {
        try await database.execute(
            """
            insert into organizations (id, name, timezone, locale)
            select 'org-' || i, 'Cabinet ' || i, 'Europe/Paris', case when i % 5 = 0 then 'en-GB' else 'fr-FR' end
            from generate_series(0, \(Self.organizations - 1)) i
            """)
        // Steps that have stood for a while: what is due now is sent, what was due before is not (D-02).
        try await database.execute("update reminder_steps set activated_at = now() - interval '2 days'")
        try await database.execute(
            """
            insert into users (tenant_id, id, email, name, role, phone)
            select 'org-' || i, 'closer-' || c, 'closer-' || c || '@org-' || i || '.example', 'Camille Martin', 'CLOSER', '+33612345678'
            from generate_series(0, \(Self.organizations - 1)) i, generate_series(1, 10) c
            """)
        try await database.execute(
            """
            insert into leads (tenant_id, id, name, email, phone, status)
            select 'org-' || i % \(Self.organizations), 'lead-' || i, 'Dominique Bernard-' || i, 'lead-' || i || '@example.org',
                '+336' || lpad(i::text, 8, '0'), 'APPOINTMENT_SCHEDULED'
            from generate_series(1, \(leads)) i
            """)
        try await database.settle("organizations", "users", "leads")
    }

    /// Bookings numbered from `first`, one a lead.
    ///
    /// - Parameter startsAt: SQL over `i`, the booking's number.
    func appointments(from first: Int, through last: Int, status: String, startsAt: String) async throws {
        try await database.execute(
            """
            insert into appointments (tenant_id, id, lead_id, closer_id, status, starts_at, created_at, video_url)
            select 'org-' || i % \(Self.organizations), 'appointment-' || i, 'lead-' || i, 'closer-' || (1 + i % 10), '\(status)',
                \(startsAt), \(startsAt) - interval '10 days', 'https://meet.example.org/room-' || i
            from generate_series(\(first), \(last)) i
            """)
    }

    /// Forgets what was planned and sent, and lets every booking's day-before mail be due again.
    func rewindToDayBefore() async throws {
        try await database.execute(
            """
            truncate relance.deliveries, relance.delivery_attempts, relance.jobs, relance.job_history, relance.appointment_due,
                lead_activities
            """)
        try await database.execute(
            """
            insert into relance.appointment_due (tenant_id, appointment_id, next_due_at)
            select tenant_id, id, starts_at - interval '1 day' from appointments
            """)
        try await database.settle("appointments", "relance.appointment_due")
    }
}
