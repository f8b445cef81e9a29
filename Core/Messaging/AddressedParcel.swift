import Providers

/// A message with its carrier and its attempt, ready to leave.
struct AddressedParcel: Sendable {
    let work: Work
    let carrier: any Carrier
    let attemptID: String
    let request: PreparedRequest
    /// Hex; what suppressions are keyed by.
    let addressHash: String
    /// What operators see of the address; nil in a repetition.
    let masked: String?
    /// Subject or first words, for the lead's history.
    let snippet: String
    let costMicroeuros: Int64
}
