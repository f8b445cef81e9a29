private import Primitives
public import Runtime

extension AddressBook {
    /// Reads ADDRESS_HASH_KEY and RECIPIENT_ALLOWLIST; faults are collected in `environment`.
    public init(_ environment: inout Environment) {
        let hashKey = environment.secret("ADDRESS_HASH_KEY")
        if (hashKey?.reveal().utf8.count ?? 0) < 16 {
            environment.fault(
                "ADDRESS_HASH_KEY must be set to a secret of at least 16 characters (for example from: openssl rand -hex 32)")
        }
        self.init(hashKey: hashKey ?? Secret(""), allowed: environment.list("RECIPIENT_ALLOWLIST"))
    }
}
