public import Coordination
public import Postgres

extension PointerProof {
    /// Of all live appointments: none has a step to be written that lies before its pointer.
    public static func reminders(over connection: PostgresConnection, pageSize: Int = 5000) -> PointerProof {
        PointerProof(over: connection, prove: .provePointers, repair: .repairPointers, pageSize: pageSize)
    }
}
