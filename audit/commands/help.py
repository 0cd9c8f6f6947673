"""How does help read: commands in groups by what they are for, and an example with each?"""

import click

GROUPS = {
    "Begin": ("demo", "init", "doctor"),
    "Train, ask, compare": (
        "train-and-compare",
        "sweep",
        "compare-models",
        "import",
        "report",
    ),
    "One stage alone": ("train", "generate", "gather", "score", "compare"),
    "Gate every night": ("bless", "check", "history", "plan"),
    "Judges and people": ("annotate", "judge-eval", "judge-compare", "pairwise"),
    "Hand weights on": ("export", "push"),
    "Look at data and settings": ("preferences", "probes", "config"),
}
"""Every command stands in one of them."""

EXAMPLES = {
    "annotate": ("audit annotate runs/mine --n 200",),
    "bless": ('audit bless runs/mine --name release --reason "what users have"',),
    "check": (
        "audit check checkpoints/step-500 --baseline release",
        "audit check --each checkpoints --baseline release --gate gate.yaml",
        "audit check checkpoints/step-500 --baseline release --notify ./tell-us.sh",
    ),
    "compare": ("audit compare runs/mine --judge panel",),
    "compare-models": (
        "audit compare-models models/base models/candidate --probes harmful --probes borderline",
    ),
    "config schema": ("audit config schema --of gate",),
    "demo": ("audit demo",),
    "doctor": ("audit doctor", "audit doctor --report --run runs/mine"),
    "export": ("audit export runs/mine --merge",),
    "gather": ("audit gather runs/mine",),
    "generate": ("audit generate runs/mine --shard 2/8",),
    "history": (
        "audit history --html nights.html",
        'audit history --acknowledge Ada --reason "a new policy"',
        "audit history prune --keep-days 90",
    ),
    "import": ("audit import before.jsonl after.jsonl --probes probes.jsonl --out runs/theirs",),
    "init": ("audit init --model models/mine --preferences pairs.jsonl --out mine.yaml",),
    "judge-compare": ("audit judge-compare runs/mine rules panel",),
    "judge-eval": ("audit judge-eval labels.jsonl --judge rules --out error.json",),
    "pairwise": ("audit pairwise runs/mine --judge rubric --judges judges.yaml",),
    "plan": ("audit plan --margin 0.02",),
    "preferences inspect": ("audit preferences inspect pairs.jsonl",),
    "probes check": ("audit probes check mine.jsonl",),
    "probes list": ("audit probes list",),
    "probes show": ("audit probes show borderline --limit 20",),
    "push": ("audit push runs/mine me/my-model --merge",),
    "report": ("audit report runs/mine --redact", "audit report runs/a runs/b runs/c"),
    "score": ("audit score runs/mine --judge panel --judges judges.yaml",),
    "sweep": (
        "audit sweep mine.yaml --out runs/sweep --dry-run",
        "audit sweep mine.yaml --out runs/sweep --resume",
    ),
    "train": ("audit train runs/mine",),
    "train-and-compare": (
        "audit train-and-compare mine.yaml --dry-run",
        "audit train-and-compare mine.yaml --out runs/mine --set train.beta=0.3",
    ),
}
"""What each command may be called with, by the command's words."""

COMPLETION = """\b
Completion of commands and options: put into ~/.bashrc, ~/.zshrc or fish's config.fish
  eval "$(_AUDIT_COMPLETE=bash_source audit)"
  eval "$(_AUDIT_COMPLETE=zsh_source audit)"
  _AUDIT_COMPLETE=fish_source audit | source"""


class GroupedHelp(click.Group):
    """A group of commands that lists them by what they are for."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each group with its commands and what they do."""
        longest = max(len(name) for name in self.commands)
        room = formatter.width - 6 - longest
        grouped = {name for names in GROUPS.values() for name in names}
        others = tuple(name for name in self.list_commands(ctx) if name not in grouped)
        for title, names in {**GROUPS, **({"Other": others} if others else {})}.items():
            known = [(name, self.get_command(ctx, name)) for name in names]
            rows = [(name, command.get_short_help_str(room)) for name, command in known if command]
            with formatter.section(title):
                formatter.write_dl([(name.ljust(longest), said) for name, said in rows])


def add_examples(command: click.Command, *words: str) -> None:
    """Let the help of a command, and of all below it, end with its examples."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            add_examples(below, *words, name)
    examples = EXAMPLES.get(" ".join(words))
    if examples:
        title = "Example:" if len(examples) == 1 else "Examples:"
        command.epilog = "\n".join(["\b", title, *(f"  {line}" for line in examples)])
