"""How is the code built? Rooms, arrows between them, dictionaries read by key, and `Any`.

`python benchmarks/structure.py [FOLDER]` prints one row for each figure; FOLDER is a checkout.

A room is a folder directly inside one of the four packages, or a module that stands there alone. An
arrow is one room importing another, however often; an import for the type checker alone is none. A
circle is a group of rooms that all reach each other. Arrows back up are those that would have to go
before every circle is open, found by taking a circle's rooms in the order of how much more they
import than they are imported.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PACKAGES = ("audit", "train", "probes", "reports")
NAMES = """
arms identity step model folder source revision weights_sha256 done train judges seconds
subjects adapter device preferences_sha256 pairs evaluation_pairs dropped_rows shape
versions command reused_from before after axes categories flips twins verdict reasons
resolution judge annotation movement rated_helpfulness panel noise_floor
relative_weight_change rate low high unscored degenerate partial_refusal difference
estimate p_value method margin status exceeds_margin sensitivity corrected to_refusal
to_compliance measured_error
"""
KEYS = frozenset(NAMES.split())
"""Names that stand in manifest.json and comparison.json."""
Arrow = tuple[str, str]


def modules(root: Path) -> dict[str, Path]:
    """Return the files of the four packages by the module's name."""
    found = {}
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = file
    return found


def room(module: str, known: dict[str, Path]) -> str:
    """Return the room of a module: its first two names."""
    first = ".".join(module.split(".")[:2])
    return first if first in known else module


def imports(tree: ast.Module) -> Iterator[str]:
    """Yield what a module imports, inside functions too; `from a import b` as a and as a.b."""
    checked = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for part in block.body
        for node in ast.walk(part)
    }
    for node in ast.walk(tree):
        if node in checked:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def arrows_of(known: dict[str, Path], trees: dict[str, ast.Module]) -> set[Arrow]:
    """Return which room imports which other."""
    found = set()
    for module, tree in trees.items():
        for name in imports(tree):
            target = name if name in known else name.rpartition(".")[0]
            if target in known and target not in PACKAGES:
                found.add((room(module, known), room(target, known)))
    return {(one, other) for one, other in found if one != other and one not in PACKAGES}


def circles(arrows: set[Arrow]) -> list[set[str]]:
    """Return the groups of rooms that all reach each other."""
    rooms = {end for arrow in arrows for end in arrow}
    reached = {one: {other for start, other in arrows if start == one} for one in rooms}
    for middle in rooms:
        for one in rooms:
            if middle in reached[one]:
                reached[one] |= reached[middle]
    groups = {frozenset({o for o in reached[r] if r in reached[o]} | {r}) for r in rooms}
    return [set(group) for group in groups if len(group) > 1]


def back_up(circle: set[str], arrows: set[Arrow]) -> int:
    """Count a circle's arrows that go against the order of its rooms."""
    inside = [(one, other) for one, other in arrows if one in circle and other in circle]
    out, into = Counter(one for one, _ in inside), Counter(other for _, other in inside)
    order = sorted(circle, key=lambda name: (into[name] - out[name], name))
    return sum(order.index(one) > order.index(other) for one, other in inside)


def keys_read(tree: ast.Module) -> int:
    """Count `found["margin"]` and `found.get("margin")` for the names of the two files."""
    count = 0
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            key = node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            key = node.args[0] if node.func.attr == "get" and node.args else None
        count += isinstance(key, ast.Constant) and key.value in KEYS
    return count


def any_in_signatures(trees: dict[str, ast.Module]) -> tuple[int, int]:
    """Return how many functions have `Any` in their signature, and how many there are."""
    nodes = (node for tree in trees.values() for node in ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    loose = []
    for function in functions:
        returned = ast.unparse(function.returns) if function.returns else ""
        if re.search(r"\bAny\b", f"{ast.unparse(function.args)} {returned}"):
            loose.append(function)
    return len(loose), len(functions)


def main() -> None:
    """Print the figures of a checkout."""
    known = modules(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    trees = {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in known.items()}
    arrows = arrows_of(known, trees)
    found = circles(arrows)
    rooms = {room(name, known) for name in known} - set(PACKAGES)
    loose, functions = any_in_signatures(trees)
    print(f"rooms: {len(rooms)}")
    print(f"arrows: {len(arrows)}")
    print(f"arrows back up: {sum(back_up(circle, arrows) for circle in found)}")
    for circle in found:
        print(f"circle: {', '.join(sorted(circle))}")
    print(f"circles: {len(found)}")
    print(f"string keys read: {sum(keys_read(tree) for tree in trees.values())}")
    print(f"signatures with Any: {loose} of {functions}, {loose / functions:.1%}")


if __name__ == "__main__":
    main()
