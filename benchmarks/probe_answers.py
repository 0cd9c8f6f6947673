"""How does a model answer the three shipped probe sets?

Run it with `python benchmarks/probe_answers.py MODEL_FOLDER OUT`; it asks every probe once with the
engine that is installed and prints a table by set and category.
"""

import sys
from collections import defaultdict
from pathlib import Path

from audit.commands.terminal import Terminal
from audit.files.lines import write_atomically
from audit.jobs import stages
from audit.records import REFUSALS, Probe, Verdict
from audit.run.directory import RunDirectory
from audit.run.model_folder import find_model
from audit.settings.run_config import RunConfig
from audit.settings.yaml_file import dump
from probes.sets.library import read_probes
from reports.verdicts import read_verdicts

MAX_TOKENS = 64


def main() -> None:
    """Ask, judge, and print."""
    config = RunConfig.model_validate(
        {
            "model": {"path": str(Path(sys.argv[1]).resolve())},
            "preferences": {"path": "demo"},
            "generation": {"max_tokens": MAX_TOKENS, "noise_floor": False},
        }
    )
    run = RunDirectory(Path(sys.argv[2]))
    if not run.manifest.exists():
        write_atomically(run.config, dump(config))
        stages.prepare(run, config, find_model(config.model), "benchmarks/probe_answers.py")
    with Terminal() as terminal:
        stages.generate(run, terminal.tell)
    stages.score(run, print, trust_endpoints=False)
    print_table(read_probes(run.probes), read_verdicts(run, "before", "rules"))


def print_table(probes: list[Probe], verdicts: dict[str, list[Verdict]]) -> None:
    """Print refusals, degenerate answers and scores by set and category, as Markdown."""
    groups: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for probe in probes:
        for category in ("all", probe.category):
            groups[probe.set, category].extend(verdicts[probe.id])
    print("| set | category | probes | refused | of these partly | degenerate | score |")
    print("|---|---|---|---|---|---|---|")
    for (name, category), found in groups.items():
        shares = [
            f"{sum(one.label in labels for one in found) / len(found):.1%}"
            for labels in (REFUSALS, {"partial_refusal"}, {"degenerate"})
        ]
        scores = [one.score for one in found if one.score is not None]
        score = f"{sum(scores) / len(scores):.1%}" if scores else ""
        print(f"| {name} | {category} | {len(found)} | {' | '.join(shares)} | {score} |")


if __name__ == "__main__":
    main()
