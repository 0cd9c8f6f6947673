"""How is a text held against the one that was reviewed? By a file in tests/golden.

Where a change is wanted, write the file anew and review its difference:
`WRITE_GOLDEN=1 python -m pytest -n 0 TEST_FILE`.
"""

import os
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def assert_frozen(name: str, found: str) -> None:
    """Fail where a text is not what tests/golden holds under the name."""
    golden = GOLDEN / name
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")
