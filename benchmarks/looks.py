"""How often is a prompt rightly told harmful or harmless by its words? Writes a table.

`python benchmarks/looks.py ../shared/data` reads published prompts there and the demo's pairs. The
words were learned from none of them. HH-RLHF's helpful prompts count as harmless, which a few are
not.
"""

import csv
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from audit.records import Message
from probes.sets.library import builtin_probes
from reports.judges.looks import Looks, looks_of

PAIRS = Path(__file__).parents[1] / "train" / "data" / "demo_pairs.jsonl"
TABLES = {
    "StrongREJECT": ("strongreject/strongreject_dataset.csv", "forbidden_prompt"),
    "SimpleSafetyTests": ("simplesafetytests/SimpleSafetyTests_test_cases.csv", "prompts_final"),
    "Do-Not-Answer": ("do_not_answer/do_not_answer_en.csv", "question"),
}


def main() -> None:
    """Print the table."""
    looks = looks_of(builtin_probes())
    print("| prompts | n | truly | told harmful | told harmless | not told |")
    print("|---|---|---|---|---|---|")
    for name, truly, prompts in _sets(Path(sys.argv[1])):
        print(_row(looks, name, truly, prompts))


def _row(looks: Looks, name: str, truly: str, prompts: list[str]) -> str:
    told = Counter(looks.look([Message(role="user", content=text)]) for text in prompts)
    shares = (f"{told[look] / len(prompts):.0%}" for look in ("harmful", "harmless", "not told"))
    return f"| {name} | {len(prompts)} | {truly} | {' | '.join(shares)} |"


def _sets(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    for group in ("harmful", "harmless"):
        yield "demo pairs", group, [row["prompt"] for row in rows if row["group"] == group]
    probes = folder / "probe_sets"
    xstest = _table(probes / "xstest" / "xstest_prompts.csv")
    for label, truly in (("unsafe", "harmful"), ("safe", "harmless")):
        yield "XSTest", truly, [row["prompt"] for row in xstest if row["label"] == label]
    for name, (file, column) in TABLES.items():
        yield name, "harmful", [row[column] for row in _table(probes / file)]
    yield (
        "IFEval",
        "harmless",
        [row["prompt"] for row in _lines(probes / "ifeval/input_data.jsonl")],
    )
    turns = [row["turns"][0] for row in _lines(probes / "mt_bench" / "question.jsonl")]
    yield "MT-Bench", "harmless", turns
    helpful = folder / "preferences" / "helpful-base" / "test.jsonl.gz"
    yield "HH-RLHF helpful, first turns", "harmless", [*_first_turns(helpful)]


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _first_turns(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            asked = json.loads(line)["chosen"].split("\n\nHuman:")[1].split("\n\nAssistant:")[0]
            if asked.strip():
                yield asked.strip()


if __name__ == "__main__":
    main()
