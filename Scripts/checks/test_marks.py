"""Every test function carries @Test: one without it compiles, looks like a test and never runs.

In the test targets, a function is taken for a test when its name is a sentence in backticks or begins with "test", and when it
stands in a suite without being private: a suite's own helpers are private.
"""

import re
import sys

from swift_source import code_only, line_of, tracked, without_arguments

MODIFIERS = r"(?:private|fileprivate|internal|package|public|static|nonisolated|mutating|borrowing|consuming|override|final|class)"
FUNCTION = re.compile(r"((?:@\w+(?:\.\w+)*(?:\(\s*\))?\s+|" + MODIFIERS + r"(?:\(\s*\))?\s+)*)\bfunc\s+(`[^`]*`|[^\s(<]+)")
TYPE = re.compile(
    r"((?:@\w+(?:\(\s*\))?\s+|" + MODIFIERS + r"\s+)*)\b(?:struct|class|enum|actor|extension)\s+(`[^`]*`|\w[\w.]*)[^{}]*\{")


def bodies_of_suites(code):
    """Where each suite's body begins, for suites by attribute and by name."""
    return {match.end() - 1 for match in TYPE.finditer(code)
            if "@Suite" in match.group(1) or match.group(2).strip("`").endswith("Tests")}


def enclosing_brace(code, at):
    depth = 0
    for index in range(at - 1, -1, -1):
        if code[index] == "}":
            depth += 1
        elif code[index] == "{":
            if depth == 0:
                return index
            depth -= 1
    return None


def examine(text):
    """The number of tests, and (line, name) of each function that should be one and is not."""
    code = without_arguments(code_only(text))
    suites = bodies_of_suites(code)
    tests, unmarked = 0, []
    for match in FUNCTION.finditer(code):
        marks, name = match.group(1), match.group(2)
        if re.search(r"@Test\b", marks):
            tests += 1
            continue
        looks_like_one = name.startswith("`") or name.startswith("test")
        in_suite = enclosing_brace(code, match.start(2)) in suites
        if looks_like_one or (in_suite and not re.search(r"\b(private|fileprivate)\b", marks)):
            unmarked.append((line_of(code, match.start(2)), text[match.start(2):match.end(2)]))
    return tests, unmarked


def self_test():
    assert examine("@Suite struct A { @Test func `one`() {} }") == (1, [])
    assert examine('@Suite struct A {\n  @Test("x", arguments: [{ 1 }, f(2)])\n  func two(_ n: Int) async {}\n}') == (1, [])
    assert examine("@Suite struct A {\n func `forgot it`() {}\n}") == (0, [(2, "`forgot it`")])
    assert examine("func `free and forgotten`() {}")[1] == [(1, "`free and forgotten`")]
    assert examine("struct B { func testOld() {} }")[1] == [(1, "testOld")]
    assert examine("struct ThingTests { func plain() {} }")[1] == [(1, "plain")]
    assert examine("extension ThingTests { func plain() {} }")[1] == [(1, "plain")]
    assert examine("struct ThingTests { private func helper() { func inner() {} } }") == (0, [])
    assert examine("struct Fake { func serve() {} }\n// func `no`() {}\nlet s = \"func `no`() {}\"") == (0, [])
    assert examine("@Suite struct A { let x = 1\n struct Row { func cells() {} }\n @Test(.serialized) static func `t`() {} }") == (1, [])


self_test()
total, failed = 0, False
for file in tracked("Tests/*.swift"):
    with open(file, encoding="utf-8") as source:
        tests, unmarked = examine(source.read())
    total += tests
    for line, name in unmarked:
        failed = True
        print(f"{file}:{line}: {name} lacks @Test (or, as a helper of a suite, private)")
print(f"{total} test functions", file=sys.stderr)
sys.exit(failed)
