/// The first part of a token: how it is signed.
struct JWTHeader: Decodable {
    private let alg: String
    /// Extensions that a reader must understand (RFC 7515 §4.1.11); there are none that are understood here.
    private let crit: [String]?

    func isSigned(by algorithm: String) -> Bool { alg == algorithm && crit == nil }
}
