"""A hub on this machine that takes uploads, as the Hugging Face hub does: files and large files."""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

from local_hub import COMMIT


class WritableHub(ThreadingHTTPServer):
    """What was pushed, by repository and file, and what each request was authorised with."""

    def __init__(self, token: str) -> None:
        super().__init__(("127.0.0.1", 0), Uploads)
        self.token = token
        self.pushed: dict[str, dict[str, bytes]] = {}
        self.large: dict[str, bytes] = {}

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Uploads(BaseHTTPRequestHandler):
    """The hub's answers to who pushes."""

    server: WritableHub

    def do_GET(self) -> None:
        """Describe a repository."""
        self._send({"id": self._path().removeprefix("/api/models/"), "sha": COMMIT, "siblings": []})

    def do_HEAD(self) -> None:
        """Say that a file is not there yet."""
        self._send({}, 404)

    def do_PUT(self) -> None:
        """Take the bytes of a large file, whose name is their sha256."""
        body = self._body()
        self.server.large[hashlib.sha256(body).hexdigest()] = body
        self._send({})

    def do_POST(self) -> None:
        """Make a repository, say how each file is to be sent, and take a commit."""
        path, body = self._path(), self._body()
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self._send({"error": "Invalid credentials"}, 401)
        elif path == "/api/repos/create":
            asked = json.loads(body)
            name = "/".join(part for part in (asked.get("organization"), asked["name"]) if part)
            self.server.pushed.setdefault(name, {})
            self._send({"url": f"{self.server.address}/{name}", "name": name, "id": name})
        elif "/preupload/" in path:
            self._send({"files": [_how(file) for file in json.loads(body)["files"]]})
        elif path.endswith("/info/lfs/objects/batch"):
            self._send({"transfer": "basic", "objects": self._uploads(json.loads(body))})
        elif "/commit/" in path:
            name = path.removeprefix("/api/models/").partition("/commit/")[0]
            self._commit(name, body)
        else:
            self._send({})

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def _uploads(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {**one, "actions": {"upload": {"href": f"{self.server.address}/large/{one['oid']}"}}}
            for one in asked["objects"]
        ]

    def _commit(self, name: str, body: bytes) -> None:
        files = self.server.pushed[name]
        for line in body.decode().splitlines():
            operation = json.loads(line)
            value = operation["value"]
            if operation["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif operation["key"] == "lfsFile":
                files[value["path"]] = self.server.large[value["oid"]]
        told = {"commitUrl": f"{self.server.address}/{name}/commit/{COMMIT}", "commitOid": COMMIT}
        self._send({"success": True, **told})

    def _path(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, answer: object, status: int = 200) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _how(file: dict[str, Any]) -> dict[str, Any]:
    large = file["path"].endswith(".safetensors")
    mode = "lfs" if large else "regular"
    return {"path": file["path"], "uploadMode": mode, "shouldIgnore": False}


@contextmanager
def serve_writable(token: str) -> Iterator[WritableHub]:
    """Serve an empty hub that takes pushes with the token."""
    hub = WritableHub(token)
    Thread(target=hub.serve_forever, daemon=True).start()
    yield hub
    hub.shutdown()
