"""Where does each file of a sweep stand?"""

from dataclasses import dataclass
from pathlib import Path

from audit.run.directory import RunDirectory


@dataclass(frozen=True)
class SweepDirectory:
    """The files of a sweep: its runs, each an ordinary one, and what they come to together."""

    root: Path

    @property
    def config(self) -> Path:
        """The configuration with the values that are swept."""
        return self.root / "sweep.yaml"

    @property
    def summary(self) -> Path:
        """How each run ended, and what each recipe does."""
        return self.root / "sweep.json"

    @property
    def page(self) -> Path:
        """All runs on one page."""
        return self.root / "sweep.html"

    def run(self, name: str) -> RunDirectory:
        """One run."""
        return RunDirectory(self.root / "runs" / name)
