"""vLLM's own OpenAI-compatible server, which tests start, kill and start again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

READY_SECONDS = 400


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class VllmServer:
    """A server that answers as a model under a name, on a port of its own.

    `settings` are further words of vLLM's command line.
    """

    def __init__(self, model: Path, name: str, *settings: str) -> None:
        self.model, self.name, self.settings = model, name, settings
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address up to the version."""
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "vllm.entrypoints.openai.api_server"]
        command += ["--model", str(self.model), "--served-model-name", self.name]
        command += ["--dtype", "float32", "--enforce-eager", "--gpu-memory-utilization", "0.3"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--max-num-seqs", "4"]
        command += self.settings
        self.process = subprocess.Popen(
            command,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1"},
        )
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert self.process.poll() is None, "the server ended"
            assert time.monotonic() < deadline
            time.sleep(0.5)

    def kill(self) -> None:
        """Kill it with all its processes, as a crash would."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _answers(self) -> bool:
        try:
            address = f"http://127.0.0.1:{self.port}/health"
            return bool(urllib.request.urlopen(address, timeout=2).status == 200)
        except (urllib.error.URLError, OSError):
            return False
