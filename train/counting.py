"""Count the tokens of preference pairs as a model's own chat template and tokenizer make them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from audit.errors import InputError, Problem
from audit.files.borders import one_line
from audit.files.lines import read_json_object, read_records, write_records
from audit.records import Pair
from audit.run.messages import Tell
from audit.run.stage_program import run_stage_program
from train.tokens import tokenize


class CountedPair(BaseModel):
    """The tokens of a pair: the prompt alone, and with each answer."""

    model_config = ConfigDict(frozen=True, strict=True)

    prompt: int
    with_chosen: int
    with_rejected: int


@dataclass(frozen=True)
class CountingFolder:
    """The files of one count."""

    root: Path

    @property
    def pairs(self) -> Path:
        """The pairs."""
        return self.root / "pairs.jsonl"

    @property
    def model(self) -> Path:
        """Where the model's folder is."""
        return self.root / "model.json"

    @property
    def counts(self) -> Path:
        """What was counted, a line for each pair."""
        return self.root / "counts.jsonl"


def count(folder: CountingFolder, tell: Tell) -> None:
    """Count the tokens of every pair, with the turns' own marks, as DPO is given them.

    Raises:
        InputError: the model's tokenizer cannot be loaded, or its template refuses a pair.
    """
    from transformers import AutoTokenizer

    model = str(read_json_object(folder.model, "start again")["folder"])
    tell("counting tokens")
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
    except Exception as error:  # its libraries raise whatever a damaged file makes them
        what = f"its tokenizer cannot be loaded ({one_line(str(error), 300)})"
        raise InputError(Problem(model, what, "save it again with save_pretrained()")) from error
    write_records(
        folder.counts,
        [_counted(tokenizer, pair, line) for line, pair in read_records(folder.pairs, Pair)],
    )


def _counted(tokenizer: Any, pair: Pair, line: int) -> CountedPair:
    try:
        tokens = tokenize(tokenizer, pair, {})
    except Exception as error:  # a template raises what it likes about turns that it refuses
        what = f"the chat template refuses pair {line} ({one_line(str(error), 300)})"
        raise InputError(Problem("--model", what, "drop the pair, or mend its turns")) from error
    chosen, rejected = tokens.with_answers
    return CountedPair(prompt=tokens.prompt, with_chosen=chosen, with_rejected=rejected)


if __name__ == "__main__":
    run_stage_program(CountingFolder, count)
