"""What does a repository say of the weights in it: the README of a hub, with the audit's result?"""

import json
from pathlib import Path

from audit.axis import AXES
from audit.run.arm import AdapterWeights, BaseWeights, FullWeights
from reports.page.facts import Facts
from reports.words.templates import render


def repository_card(
    facts: Facts, name: str, digests: dict[str, str], *, merged: bool, forced: bool
) -> str:
    """Return the card: its head for the hub, the verdict, and what was measured.

    Args:
        facts: the run that was audited.
        name: what the model is called.
        digests: the sha256 of each part that was audited or made of it, by what it is.
        merged: whether the weights are whole, and no adapter.
        forced: whether they are given away against the verdict.
    """
    source = facts.manifest.arms["after"].source
    whole = merged or isinstance(source, FullWeights | BaseWeights)
    base = facts.manifest.model
    told = base.described() if base and base.revision else Path(base.source).name if base else ""
    kind = "An adapter" if isinstance(source, AdapterWeights) else "A whole model"
    kind = "A model with its adapter merged" if merged and kind == "An adapter" else kind
    text = render(
        "repository-card.md",
        name=name,
        comparison=facts.comparison,
        forced=forced,
        what=kind,
        base=told,
        axes=AXES,
        kinds=facts.kinds(),
        manifest=facts.manifest,
        digests=digests,
    )
    return _head(base.source if base and base.revision else None, whole=whole) + text


def _head(base: str | None, *, whole: bool) -> str:
    """Return what the hub reads: JSON strings are YAML ones."""
    lines = ["---", f"library_name: {'transformers' if whole else 'peft'}"]
    if base is not None:
        relation = "finetune" if whole else "adapter"
        lines += [f"base_model: {json.dumps(base)}", f"base_model_relation: {relation}"]
    lines += ["pipeline_tag: text-generation", "tags: [dpo, alignment-audit]", "---", ""]
    return "\n".join(lines) + "\n"
