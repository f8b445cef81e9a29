"""Swift source as the checks read it: the code alone, every character still at its place."""

import re
import subprocess


def tracked(*patterns):
    """The files under version control, and those about to be, that match the patterns."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


TOKEN = re.compile(
    r'(?P<line>//[^\n]*)|(?P<block>/\*)|(?P<string>#*"(?:"")?)|(?P<name>`[^`\n]*`)')


def code_only(text):
    """Blanks comments and strings, and makes raw identifiers such as `a job's lease` one word."""
    out, at = [], 0
    while match := TOKEN.search(text, at):
        out.append(text[at:match.start()])
        kind, at = match.lastgroup, match.end()
        if kind == "block":
            at = block_comment_end(text, match.end())
        elif kind == "string":
            at = string_end(text, match.group(), match.end())
        piece = text[match.start():at]
        if kind == "name":
            out.append("`" + re.sub(r"\W", "_", piece[1:-1]) + "`")
        else:
            out.append(re.sub(r"[^\n]", " ", piece))
    return "".join(out) + text[at:]


def block_comment_end(text, at):
    depth = 1
    while depth and (match := re.compile(r"/\*|\*/").search(text, at)):
        depth += 1 if match.group() == "/*" else -1
        at = match.end()
    return at if depth == 0 else len(text)


def string_end(text, opening, at):
    """Where a string that began with `opening` ends. Strings inside its interpolations are skipped with them."""
    hashes = opening.count("#")
    closing = opening[hashes:] + "#" * hashes
    escape = "\\" + "#" * hashes
    while at < len(text):
        if text.startswith(closing, at):
            return at + len(closing)
        if text.startswith(escape + "(", at):
            at = interpolation_end(text, at + len(escape) + 1)
        elif text.startswith(escape, at):
            at += len(escape) + 1
        elif text[at] == "\n" and '"""' not in closing:
            return at
        else:
            at += 1
    return at


def interpolation_end(text, at):
    depth = 1
    while depth and at < len(text):
        match = re.compile(r'#*"(?:"")?|[()]').search(text, at)
        if not match:
            return len(text)
        at = match.end()
        if match.group() == "(":
            depth += 1
        elif match.group() == ")":
            depth -= 1
        else:
            at = string_end(text, match.group(), at)
    return at


def without_arguments(code):
    """Blanks what stands between parentheses, so that attributes and modifiers are all that precedes a declaration."""
    out, depth = [], 0
    for character in code:
        if character == ")" and depth:
            depth -= 1
        out.append(character if depth == 0 or character == "\n" else " ")
        if character == "(":
            depth += 1
    return "".join(out)


def self_test():
    source = 'let a = "x // \\(f("}")) {" // note {\nfunc `it\'s (one)`() {}\n/* { /* } */ */ let b = #"\\"# + """\n { "" \n"""\n'
    code = code_only(source)
    assert len(code) == len(source) and code.count("\n") == source.count("\n"), code
    assert "{" not in code.splitlines()[0] and "`it_s__one_`() {}" in code, code
    assert code.count("{") == 1 and "let b" in code, code
    assert without_arguments("@Test(f(x) { y }) func") == "@Test(          ) func"


self_test()
