"""Fetch the quickstart's model, as `audit demo` does: `python examples/fetch_smollm2.py FOLDER`."""

import sys
from pathlib import Path

from audit.jobs.demo import fetch_demo_model

if __name__ == "__main__":
    fetch_demo_model(Path(sys.argv[1]), print)
