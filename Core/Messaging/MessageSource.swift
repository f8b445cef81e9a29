public import Postgres

/// What the deliverer must know of one kind of delivery (`deliveries.kind`): each domain area registers its own (D-90).
public protocol MessageSource: Sendable {
    /// Value of `deliveries.kind`.
    var kind: String { get }

    /// Loads the facts of deliveries; parameter `$1` is their ids, column `id` names each row's delivery. Tables are joined
    /// in the order written: from the deliveries on, each by its key.
    var load: SQLStatement { get }

    /// Settles the deliveries that must no longer go out; parameter `$1` is their ids. Runs in the transaction that
    /// claims the sends.
    var eligibility: SQLStatement { get }

    /// Decodes one row of `load`.
    func draft(_ row: PostgresRow) throws(PostgresError) -> any MessageDraft
}
