"""Does a judge's server that only fails cost a moment, and no label and no pass?"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from conftest import Audit, write_rows
from judged_runs import judges_file, verdicts_of

PROBES = 100
CONCURRENCY = 8
Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def _server(answer: Answer) -> Iterator[tuple[str, list[str]]]:
    """Serve at an address, and list what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            answer(self)

        def log_message(self, *words: object) -> None:
            del words

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1", asked
    server.shutdown()


def _says(code: int) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def _sleeps(handler: BaseHTTPRequestHandler) -> None:
    del handler
    time.sleep(3)


@pytest.fixture
def run(audit: Audit, tmp_path: Path) -> Path:
    """Import two hundred answers."""
    kinds = ("harmful", "borderline")
    probes = [
        {"id": f"p{n}", "set": "s", "kind": kinds[n % 2], "category": "c", "prompt": f"Why {n}?"}
        for n in range(PROBES)
    ]
    asked = write_rows(tmp_path / "probes.jsonl", probes)
    texts = [{"probe_id": row["id"], "text": f"It is {row['id']}, surely."} for row in probes]
    answers = write_rows(tmp_path / "answers.jsonl", texts)
    made = tmp_path / "run"
    assert audit("import", answers, answers, "--probes", asked, "--out", made).returncode == 0
    return made


@pytest.mark.parametrize(
    ("answer", "timeout"),
    [(_says(500), 30.0), (_says(401), 30.0), (_says(404), 30.0), (_sleeps, 0.3)],
    ids=["500", "401", "404", "silence"],
)
def test_a_server_that_only_fails_is_left(
    audit: Audit, run: Path, answer: Answer, timeout: float
) -> None:
    """After five failures in a row the rest is unscored, and the comparison ends with exit 4."""
    with _server(answer) as (address, asked):
        endpoint = {"url": address, "model": "m", "timeout_seconds": timeout}
        far = {"kind": "generative", "endpoint": {**endpoint, "concurrency": CONCURRENCY}}
        judges = judges_file(run.parent, far={**far, "retries": 1})
        started = time.monotonic()
        scored = audit("score", run, "--judge", "far", "--judges", judges)
        seconds = time.monotonic() - started
    assert scored.returncode == 0, scored.stderr
    assert seconds < 45
    assert len(asked) <= 2 * (5 + 2 * CONCURRENCY)
    labels = [row["label"] for row in verdicts_of(run, "far")]
    assert labels.count("unscored") == len(labels) == 2 * PROBES
    compared = audit("compare", run, "--judge", "far")
    assert compared.returncode == 4, compared.stderr


def test_a_question_that_is_refused_stops_no_other(audit: Audit, run: Path) -> None:
    """A server that says 400 is asked every question: it may like the next one."""
    with _server(_says(400)) as (address, asked):
        far = {"kind": "generative", "endpoint": {"url": address, "model": "m"}, "retries": 0}
        judges = judges_file(run.parent, far=far)
        scored = audit("score", run, "--judge", "far", "--judges", judges)
    assert scored.returncode == 0, scored.stderr
    assert len(asked) > PROBES
