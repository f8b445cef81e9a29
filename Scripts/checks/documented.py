"""Every public symbol is documented: the compiler's own symbol graphs, in the directory given, say which are not.

Symbols without a place in our sources are the compiler's.
"""

import json
import os
import sys


def undocumented(graph, root):
    """(file, line, name) of each public symbol without a comment."""
    for symbol in graph["symbols"]:
        place = symbol.get("location")
        if "docComment" in symbol or not place:
            continue
        file = place["uri"].removeprefix("file://")
        if file.startswith(root + "/") and "/.build/" not in file:
            yield os.path.relpath(file, root), place["position"]["line"] + 1, ".".join(symbol["pathComponents"])


def self_test():
    place = {"uri": "file:///r/Core/a.swift", "position": {"line": 4}}
    graph = {"symbols": [
        {"pathComponents": ["A", "b"], "location": place},
        {"pathComponents": ["A"], "location": place, "docComment": {}},
        {"pathComponents": ["C"]},
        {"pathComponents": ["D"], "location": {**place, "uri": "file:///r/.build/x.swift"}},
    ]}
    assert list(undocumented(graph, "/r")) == [("Core/a.swift", 5, "A.b")]


self_test()
root, directory = os.path.realpath("."), sys.argv[1]
graphs = [name for name in sorted(os.listdir(directory)) if name.endswith(".symbols.json")]
if not graphs:
    sys.exit("the compiler wrote no symbol graph")
found = set()
for name in graphs:
    with open(os.path.join(directory, name), encoding="utf-8") as file:
        found.update(undocumented(json.load(file), root))
for file, line, name in sorted(found):
    print(f"{file}:{line}: {name} is public and not documented")
sys.exit(bool(found))
