"""Static files of the portal: style, scripts, drawing library, each at an address that names its content.

Whoever has a file once keeps it: another content has another address. Nothing comes from another host.
"""

import gzip
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from car.portal.pages.charts import screen_config
from car.theme.tokens import token_words, tokens

ROOT = "/static/"
THEME, CHARTS, LIBRARY = "theme.css", "charts.json", "vega.js"
_VEGA_LITE = "6.4"
_HASH_DIGITS = 12
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# It takes two seconds and memory that no worker needs again: another process makes it.
_MAKE_LIBRARY = (
    "import sys, vl_convert; sys.stdout.write(vl_convert.javascript_bundle(vl_version=sys.argv[1]))"
)


@dataclass(frozen=True)
class StaticFile:
    """A file as it is sent.

    Attributes:
        sha256: of the content.
        compressed: the content by gzip.
    """

    content: bytes
    sha256: str
    compressed: bytes
    media_type: str


class StaticFiles:
    """All static files, read once.

    Parameters:
        cache: folder that keeps the drawing library from one start to the next. Several processes may use it.

    Raises:
        OSError: the folder cannot be written.
        subprocess.CalledProcessError: the library cannot be made.
    """

    def __init__(self, cache: Path) -> None:
        self._files = dict(_packaged())
        self._files[THEME] = _file(THEME, theme_css().encode())
        self._files[CHARTS] = _file(CHARTS, json.dumps(screen_config()).encode())
        library = make_library(cache)
        compressed = library.read_bytes()
        self._files[LIBRARY] = _file(LIBRARY, gzip.decompress(compressed), compressed)

    def url(self, name: str) -> str:
        """Give the address of a file; KeyError where there is none."""
        return f"{ROOT}{name}?v={self._files[name].sha256[:_HASH_DIGITS]}"

    def routes(self) -> list[Route]:
        """Give the route of all files."""
        return [Route(f"{ROOT}{{name}}", self._send, name="static")]

    async def _send(self, request: Request) -> Response:
        name = request.path_params["name"]
        file = self._files.get(name)
        if file is None:
            raise HTTPException(404)
        asked = request.query_params.get("v")
        if asked is not None and asked != file.sha256[:_HASH_DIGITS]:
            # Browsers keep what has a version for a year: under another version's name this must not be kept.
            return RedirectResponse(self.url(name), 307)
        takes_gzip = "gzip" in request.headers.get("accept-encoding", "")
        headers = {"Vary": "Accept-Encoding", "ETag": f'"{file.sha256[:32]}{"-gz" if takes_gzip else ""}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        if takes_gzip:
            headers["Content-Encoding"] = "gzip"
        return Response(file.compressed if takes_gzip else file.content, 200, headers, file.media_type)


def theme_css() -> str:
    """Give the tokens of the theme as CSS custom properties, e.g. `--colour-own`, `--size-note: 8.5pt`."""
    lines = []
    for kind, named in tokens().items():
        for name, value in named.items():
            word, unit = name, ""
            for ending in ("_pt", "_px"):
                if name.endswith(ending):
                    word, unit = name.removesuffix(ending), ending[1:]
            lines.append(f"  --{kind}-{word.replace('_', '-')}: {value}{unit};")
    return ":root {\n" + "\n".join(lines) + "\n}\n"


def make_library(cache: Path) -> Path:
    """Give the drawing library, compressed; make it where this version of it was not made before.

    Parameters:
        cache: folder that it is kept in.

    Raises:
        OSError: the folder cannot be written.
        subprocess.CalledProcessError: it cannot be made.
    """
    made = cache / f"vega-{_VEGA_LITE}-{version('vl-convert-python')}.js.gz"
    if not made.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        script = subprocess.run(
            [sys.executable, "-c", _MAKE_LIBRARY, _VEGA_LITE], check=True, capture_output=True
        ).stdout
        handle, unfinished = tempfile.mkstemp(dir=cache)
        with os.fdopen(handle, "wb") as stream:
            stream.write(_compressed(script))
        os.replace(unfinished, made)
    return made


def _packaged() -> Iterator[tuple[str, StaticFile]]:
    for path in files("car.portal").joinpath("static").iterdir():
        if Path(path.name).suffix in _TYPES:
            content = path.read_text(encoding="utf-8")
            # A picture has no custom properties: its colours are named as those of a graph are.
            for word, value in token_words().items() if path.name.endswith(".svg") else ():
                content = content.replace(f"${word}", str(value))
            yield path.name, _file(path.name, content.encode())


def _file(name: str, content: bytes, compressed: bytes = b"") -> StaticFile:
    return StaticFile(
        content,
        hashlib.sha256(content).hexdigest(),
        compressed or _compressed(content),
        _TYPES[Path(name).suffix],
    )


def _compressed(content: bytes) -> bytes:
    # Without the time: the same content has the same bytes.
    return gzip.compress(content, 9, mtime=0)
