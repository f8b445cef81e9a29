import Crypto
import Testing

struct ConstantTimeTests {
    @Test func `equal means the same bytes, all of them`() {
        #expect(ConstantTime.areEqual("abc", "abc"))
        #expect(ConstantTime.areEqual("", ""))
        #expect(!ConstantTime.areEqual("abc", "abd"))
        #expect(!ConstantTime.areEqual("abc", "abcd"))
        #expect(!ConstantTime.areEqual("", "a"))
    }

    @Test func `two spellings of one letter are not the same bytes`() {
        #expect("\u{E9}" == "e\u{301}")
        #expect(!ConstantTime.areEqual("\u{E9}", "e\u{301}"))
    }
}
