"""Say with evidence what DPO training did to a chat model's refusals and helpfulness.

In a notebook `audit.open_run("runs/mine")` gives what the command gives (docs/python.md).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.errors import AuditError, InputError, Problem, StageFailed
    from audit.notebook import Run, import_run, open_run, probe_set, train_and_compare

__version__ = "0.1.0"

_HOME_OF = {
    "AuditError": "audit.errors",
    "InputError": "audit.errors",
    "Problem": "audit.errors",
    "StageFailed": "audit.errors",
    "Run": "audit.notebook",
    "import_run": "audit.notebook",
    "open_run": "audit.notebook",
    "probe_set": "audit.notebook",
    "train_and_compare": "audit.notebook",
}
"""Where each public name is written; it is loaded when it is first used."""

__all__ = [
    "AuditError",
    "InputError",
    "Problem",
    "Run",
    "StageFailed",
    "__version__",
    "import_run",
    "open_run",
    "probe_set",
    "train_and_compare",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that the command's help stays instant.

    Raises:
        InputError: a user's own train.py, probes.py or reports.py hides one of our packages.
    """
    import importlib

    if name not in _HOME_OF:
        raise AttributeError(f"module 'audit' has no attribute '{name}'")
    if _HOME_OF[name] == "audit.notebook":
        from audit.own_packages import refuse_hidden_packages

        refuse_hidden_packages()
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
