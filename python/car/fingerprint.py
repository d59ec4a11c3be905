"""Tells by one hash whether files are as they were."""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path


def files_in(root: Path, parts: Sequence[str]) -> list[Path]:
    """Give every file in some folders of a root; a folder that is not there has none."""
    return [path for part in parts for path in (root / part).rglob("*") if path.is_file()]


def fingerprint(files: Iterable[Path], root: Path, *texts: str) -> str:
    """Hash files by their place and content, and some texts with them.

    Parameters:
        root: places are told from here, so that a checkout elsewhere has the same.

    Returns:
        A SHA-256, in hexadecimal.
    """
    digest = hashlib.sha256(json.dumps(texts).encode())
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(json.dumps([os.path.relpath(path, root), content]).encode())
    return digest.hexdigest()
