"""A hub on this machine: folders served as the Hugging Face hub serves repositories."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serve(repositories: dict[str, Path]) -> Iterator[str]:
    """Serve folders by `models/owner/name` or `datasets/owner/name`, and yield the address."""

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
            self._answer()

        def do_HEAD(self) -> None:  # noqa: N802
            self._answer()

        def do_POST(self) -> None:  # noqa: N802
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(asked)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

        def _answer(self, asked: str = "") -> None:
            path = unquote(urlsplit(self.path).path)
            for name, folder in repositories.items():
                if path.startswith(f"/api/{name}"):
                    rest = path.removeprefix(f"/api/{name}").strip("/").split("/")
                    return self._send_json(_describe(name, folder, rest, asked))
                files = f"/{name.removeprefix('models/')}/resolve/"
                if path.startswith(files):
                    return self._send_file(folder / path.removeprefix(files).split("/", 1)[1])
            return self._send(404, b'{"error": "Repository not found"}', "RepoNotFound")

        def _send_json(self, value: object) -> None:
            self._send(200, json.dumps(value).encode())

        def _send_file(self, file: Path) -> None:
            if not file.is_file():
                return self._send(404, b"", "EntryNotFound")
            return self._send(200, file.read_bytes())

        def _send(self, status: int, body: bytes, error: str | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')  # noqa: S324
            self.send_header("X-Repo-Commit", COMMIT)
            if error:
                self.send_header("X-Error-Code", error)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def _describe(name: str, folder: Path, rest: list[str], asked: str) -> object:
    """Answer the hub's questions about a repository: itself, its tree, some of its files."""
    files = [
        {
            "type": "file",
            "path": str(file.relative_to(folder)),
            "size": file.stat().st_size,
            "oid": hashlib.sha1(file.read_bytes()).hexdigest(),  # noqa: S324 - the hub's own digest
        }
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    ]
    if rest[0] == "tree":
        return [file for file in files if str(file["path"]).startswith("/".join(rest[2:]))]
    if rest[0] == "paths-info":
        return [file for file in files if str(file["path"]) in asked]
    siblings = [{"rfilename": file["path"]} for file in files]
    identity = name.split("/", 1)[1]
    return {"id": identity, "sha": COMMIT, "siblings": siblings, "private": False, "gated": False}
