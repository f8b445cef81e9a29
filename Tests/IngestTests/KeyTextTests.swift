internal import Ingest
internal import Testing

struct KeyTextTests {
    @Test(arguments: APIKey.Kind.allCases, ["macrea", "a_b", "p_x", "été"])
    func `a key names its tenant and kind, and no two are the same`(kind: APIKey.Kind, tenant: String) {
        let key = APIKey.make(kind, tenantID: tenant)
        #expect(APIKey(key.text) == key)
        #expect(key != APIKey.make(kind, tenantID: tenant))
        #expect(key.hash.count == 64 && !key.hash.contains(key.hint + "_"))
    }

    @Test(arguments: ["", "rl_", "rl_a", "rl_a_b", "sk_macrea_" + String(repeating: "0", count: 48), "rl__"])
    func `what is no key is none`(text: String) {
        #expect(APIKey(text) == nil)
    }
}
