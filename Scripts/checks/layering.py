"""The package's layers hold: its manifest, read as JSON from standard input, against what the sources do.

- There are no outside packages.
- A target imports only targets that the manifest lets it.
- A C library is imported by the wrapper above it only, and privately, so that no C type leaves it.
- Core and the workers use FoundationEssentials: the whole of Foundation costs start-up time and memory.
- Every embedded file is used by name.
"""

import json
import os
import re
import sys

from swift_source import code_only, line_of, tracked

IMPORT = re.compile(
    r"^[ \t]*((?:@\w+(?:\([^)\n]*\))?[ \t]+)*)(?:(public|package|internal|fileprivate|private)[ \t]+)?import[ \t]+"
    r"(?:(?:struct|class|enum|protocol|actor|func|var|let|typealias)[ \t]+)?(\w+)", re.M)
SYSTEM = {"Swift", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch"}
FOR_TESTS = SYSTEM | {"Foundation", "FoundationNetworking", "Testing"}


def imports_of(text):
    """(line, access, module) for each import."""
    code = code_only(text)
    return [(line_of(code, match.start(3)), match.group(2), match.group(3)) for match in IMPORT.finditer(code)]


def is_for_tests(target):
    return target["path"].startswith("Tests/")


def is_c(target):
    return target["path"].startswith("Core/CLibraries/")


def faults_of_imports(target, targets, file, text):
    allowed = {name for dependency in target["dependencies"] for name in [dependency.get("byName", dependency.get("target"))[0]]}
    for line, access, module in imports_of(text):
        where = f"{file}:{line}"
        if module in targets:
            if module not in allowed:
                yield f"{where}: {target['name']} may not import {module}: Package.swift does not say so"
            elif is_c(targets[module]) and access != "private":
                yield f"{where}: write `private import {module}`, so that no C type leaves the file"
        elif module not in (FOR_TESTS if is_for_tests(target) else SYSTEM):
            yield f"{where}: {target['name']} imports {module}, which is no system module that it may use"


def faults_of_wrappers(targets):
    """Each C library has one wrapper, and that is a room of Core."""
    for library in filter(is_c, targets.values()):
        users = [t["name"] for t in targets.values() if any(library["name"] in str(d) for d in t["dependencies"])]
        if len(users) != 1:
            yield f"Package.swift: {library['name']} stands under {', '.join(users) or 'nothing'}, not under one wrapper"


def resource_name(file):
    """What SwiftPM calls an embedded file."""
    return re.sub(r"^\d", "_", re.sub(r"\W", "_", os.path.basename(file)))


def faults_of_resources(target, embedded, sources):
    code = " ".join(sources)
    for file in embedded:
        if not re.search(r"\bPackageResources\." + re.escape(resource_name(file)) + r"\b", code):
            yield f"{file}: embedded in {target['name']} and never used"


def self_test():
    text = "public import A\n@testable import B\nprivate import struct C.D\n// import E\nlet x = \"\"\"\nimport F\n\"\"\""
    assert imports_of(text) == [(1, "public", "A"), (2, None, "B"), (3, "private", "C")], imports_of(text)
    room = {"name": "Room", "path": "Core/Room", "dependencies": [{"byName": ["CLib", None]}]}
    targets = {"Room": room, "CLib": {"name": "CLib", "path": "Core/CLibraries/CLib", "dependencies": []},
               "Other": {"name": "Other", "path": "Core/Other", "dependencies": []}}
    faults = lambda text: list(faults_of_imports(room, targets, "f", text))
    assert faults("private import CLib\nimport Glibc") == []
    assert len(faults("import CLib")) == len(faults("import Other")) == len(faults("import Foundation")) == 1
    assert list(faults_of_wrappers(targets)) == []
    room["dependencies"] = []
    assert len(list(faults_of_wrappers(targets))) == 1
    assert resource_name("SQL/claim-jobs.sql") == "claim_jobs_sql" and resource_name("1.sql") == "__sql"
    assert list(faults_of_resources(room, ["a.sql"], ["x = PackageResources.a_sql"])) == []
    assert len(list(faults_of_resources(room, ["a.sql"], ["PackageResources.a_sqlx"]))) == 1


def read(file):
    with open(file, encoding="utf-8") as source:
        return source.read()


def main():
    package = json.load(sys.stdin)
    targets = {target["name"]: target for target in package["targets"]}
    if package["dependencies"]:
        yield "Package.swift: there are no outside packages here: dependencies stays []"
    yield from faults_of_wrappers(targets)
    for target in targets.values():
        sources = {file: read(file) for file in tracked(target["path"] + "/*.swift")}
        for file, text in sources.items():
            yield from faults_of_imports(target, targets, file, text)
        embedded = [file for resource in target["resources"]
                    for file in tracked(os.path.join(target["path"], resource["path"]))]
        yield from faults_of_resources(target, embedded, sources.values())


self_test()
faults = list(main())
print(*faults, sep="\n", end="\n" if faults else "")
sys.exit(bool(faults))
