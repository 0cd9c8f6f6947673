"""How does `make quick` run the command? In its own process, where libraries are loaded once.

`make test` starts the installed command anew each time.
"""

import os
import shlex
import subprocess
import sys
import traceback
from contextlib import chdir
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner

from audit.commands.main import main


def run(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, and return what a process of its own would."""
    words = [str(argument) for argument in arguments]
    with (
        chdir(cwd or Path.cwd()),
        patch.object(sys, "argv", ["audit", *words]),
        patch.dict(os.environ, {"HF_HUB_OFFLINE": "1"}),
    ):
        result = CliRunner().invoke(main, words, prog_name="audit")
    said = result.stderr
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        said += "".join(traceback.format_exception(result.exception))
    return subprocess.CompletedProcess(shlex.join(words), result.exit_code, result.stdout, said)
