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


class Hub(ThreadingHTTPServer):
    """A server of folders, named `models/owner/name` or `datasets/owner/name`."""

    def __init__(self, repositories: dict[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), Repositories)
        self.repositories = repositories


class Repositories(BaseHTTPRequestHandler):
    """The hub's answers about repositories and their files."""

    server: Hub

    def do_GET(self) -> None:
        """Answer with a body."""
        self._answer()

    def do_HEAD(self) -> None:
        """Answer with the headers alone."""
        self._answer()

    def do_POST(self) -> None:
        """Answer which of the files that are asked for there are."""
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _answer(self, asked: str = "") -> None:
        path = unquote(urlsplit(self.path).path)
        for name, folder in self.server.repositories.items():
            files = f"/{name.removeprefix('models/')}/resolve/"
            if path.startswith(f"/api/{name}"):
                rest = path.removeprefix(f"/api/{name}").strip("/").split("/")
                self._send(200, json.dumps(_describe(name, folder, rest, asked)).encode())
                return
            if path.startswith(files):
                self._send_file(folder / path.removeprefix(files).split("/", 1)[1])
                return
        self._send(404, b'{"error": "Repository not found"}', "RepoNotFound")

    def _send_file(self, file: Path) -> None:
        if file.is_file():
            self._send(200, file.read_bytes())
        else:
            self._send(404, b"", "EntryNotFound")

    def _send(self, status: int, body: bytes, error: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')  # noqa: S324 - as the hub
        self.send_header("X-Repo-Commit", COMMIT)
        if error:
            self.send_header("X-Error-Code", error)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def serve(repositories: dict[str, Path]) -> Iterator[str]:
    """Serve folders as repositories, and yield the hub's address."""
    hub = Hub(repositories)
    Thread(target=hub.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{hub.server_port}"
    hub.shutdown()


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
