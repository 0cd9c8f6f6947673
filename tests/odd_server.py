"""A server of chat completions that behaves as a test wants it to, and keeps what it was sent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[[int, dict[str, Any]], tuple[int, dict[str, str], str]]
"""From a request's number and body to a status, headers and a body."""


class OddServer(ThreadingHTTPServer):
    """What was sent to it, header by header, and how it answers."""

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), _Asked)
        self.behaviour = behaviour
        self.headers: list[dict[str, str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its address up to the version."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class _Asked(BaseHTTPRequestHandler):
    server: OddServer

    def do_GET(self) -> None:
        self._reply(404, {}, "{}")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            self.server.headers.append({name.lower(): text for name, text in self.headers.items()})
            self.server.bodies.append(body)
            count = len(self.server.bodies)
        self._reply(*self.server.behaviour(count, body))

    def _reply(self, status: int, headers: dict[str, str], body: str) -> None:
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def completion(text: str, **more: Any) -> str:
    """Return a chat completion as servers write it."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **more}}
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "system_fingerprint": "fp-1",
            "choices": [{**choice, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
        }
    )


@contextmanager
def serve(behaviour: Behaviour) -> Iterator[OddServer]:
    """Run such a server while the block does."""
    with OddServer(behaviour) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
