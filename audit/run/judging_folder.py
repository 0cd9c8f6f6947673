"""Which files lie between a judge's questions and the model that answers them?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from audit.files.data_row import DataRow, Identifier
from audit.files.lines import read_records
from audit.records import Message


class JudgePrompt(DataRow):
    """One question to a judge's model: `messages`, `text` or `classify`, exactly one of them."""

    id: Identifier
    """Which question this is; the same question has the same id."""
    messages: list[Message] | None = None
    """The turns of a chat."""
    text: str | None = None
    """A raw text that the model goes on with."""
    classify: Annotated[list[str], Field(min_length=1, max_length=2)] | None = None
    """What a classifier reads: a response, or a prompt and a response."""
    quoted: list[str]
    """The parts that a judged model or a user wrote: no special token in them is taken for one."""
    schema_: dict[str, Any] | None = None
    """The JSON schema that the reply must fit."""
    pattern: str | None = None
    """The regular expression that the reply must begin with."""


class Reply(DataRow):
    """What the model answered; without a text, why there is none."""

    id: Identifier
    """The question that is answered."""
    text: str | None
    """The reply; null where there is none."""
    error: str | None
    """Why there is no reply."""


@dataclass(frozen=True)
class JudgingFolder:
    """The files of one judge's questions. Replies are only ever appended; the last one counts."""

    root: Path

    @property
    def judge(self) -> Path:
        """The judge's configuration, and where its model is."""
        return self.root / "judge.json"

    @property
    def prompts(self) -> Path:
        """The questions."""
        return self.root / "prompts.jsonl"

    @property
    def replies(self) -> Path:
        """What came back, one line a reply."""
        return self.root / "replies.jsonl"

    @property
    def log(self) -> Path:
        """The output of the program that asks."""
        return self.root / "asking.log"

    def read_replies(self) -> dict[str, Reply]:
        """Return the last reply to each question."""
        if not self.replies.exists():
            return {}
        return {reply.id: reply for _, reply in read_records(self.replies, Reply)}
