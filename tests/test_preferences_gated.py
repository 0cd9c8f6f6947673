"""Is a data set that the hub does not give refused before training, with what to do?"""

import os
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from conftest import AUDIT


class Gated(BaseHTTPRequestHandler):
    """A hub that gives nothing to anybody who has not accepted the conditions."""

    def do_GET(self) -> None:
        """Refuse as the hub does."""
        body = b'{"error": "Access to dataset somebody/gated is restricted."}'
        self.send_response(403)
        self.send_header("X-Error-Code", "GatedRepo")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """Refuse in the headers."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_gated_data_set_is_refused_before_training(tiny_model: Path, tmp_path: Path) -> None:
    """Located at its key, exit code 2, told how to be let in, and no folder is made."""
    config = tmp_path / "gated.yaml"
    config.write_text(
        f"model: {{path: {tiny_model}}}\n"
        "preferences: {sources: [{path: demo}, {path: somebody/gated}]}\n"
        "gate: {allow_unresolved: true}\n"
    )
    hub = ThreadingHTTPServer(("127.0.0.1", 0), Gated)
    Thread(target=hub.serve_forever, daemon=True).start()
    environment = {
        **os.environ,
        "HF_ENDPOINT": f"http://127.0.0.1:{hub.server_port}",
        "HF_HOME": str(tmp_path / "home"),
    }
    environment.pop("HF_HUB_OFFLINE", None)
    out = tmp_path / "run"
    for command in (
        ("train-and-compare", config, "--out", out),
        ("preferences", "inspect", "somebody/gated"),
    ):
        result = subprocess.run(
            [AUDIT, *map(str, command)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            timeout=300,
        )
        assert result.returncode == 2, result.stderr
        assert '"somebody/gated" is no file here' in result.stderr
        assert "accept its conditions on the hub and set HF_TOKEN" in result.stderr
        assert "Traceback" not in result.stderr
        assert not out.exists()
    hub.shutdown()
