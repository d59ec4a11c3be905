"""Paths are data: a folder may be called what DuckDB or dbt would read as a pattern, a query or a template.

Such a folder is worked in by a name of its own: a link in the user's part of the temporary folder. It is the
same in each command, so that a build knows what the one before left. What is said names the folder itself.
"""

import hashlib
import json
import os
import re
import stat
import tempfile
from pathlib import Path

from car.errors import CarError, UsageFault

# DuckDB takes `?`, `*` and `[` for a pattern. dbt takes `#`, `?` and `;` for parts of an address, and `{` for
# a template. A name that is no UTF-8 is no text for either.
_ODD = re.compile(r"[\\?*\[\]#;{}'\"%\x00-\x1f\x7f\ud800-\udfff]" if os.sep == "/" else r"[\[\]#;{}'%]")
# DuckDB follows links to a database, takes `\` for a separator, and cuts the name of its log at `?`.
_NO_DATABASE = re.compile(r"[\\?]" if os.sep == "/" else r"[?]")
_NAME = re.compile(r"[\w. ,+@=-]+")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_aliases: dict[str, str] = {}


def read_place(text: str) -> Path:
    """Read where a file or folder is, or is to be.

    Raises:
        UsageFault: it is empty, or an address on another machine.
    """
    if not text.strip():
        raise UsageFault("The path is empty: name a folder, or `.` for this one.")
    if _ADDRESS.match(text):
        raise UsageFault(f"`{text}` is an address, and a folder of this machine is needed.")
    return Path(text)


def read_database(text: str) -> Path:
    """Read the place of a warehouse, which dbt and DuckDB call by the name of its file; raises UsageFault."""
    place = read_place(text)
    if not _NAME.fullmatch(place.name):
        raise UsageFault(
            f"A warehouse cannot be called `{place.name}`: its name may have letters, digits, spaces and"
            " . , + @ = -"
        )
    return place


def usable(place: Path, is_made: bool = False) -> Path:
    """Give a path that everybody takes for a path: the one given, or one that goes through a link.

    Parameters:
        place: of a folder.
        is_made: a database is going to be in it; make what has an odd name, where it is not there.

    Raises:
        UsageFault: DuckDB cannot have a database there.
        CarError: the user has no folder for links that is safe from others.
    """
    if not _ODD.search(str(place)):
        return place
    place = place.resolve()
    parts = place.parts
    if is_made and _NO_DATABASE.search(str(place)):
        raise UsageFault(f"DuckDB cannot keep a database where the path has a `?` or `\\`: {place}")
    odd = max((number for number, part in enumerate(parts) if _ODD.search(part)), default=-1)
    target = Path(*parts[: odd + 1])
    if is_made:
        target.mkdir(parents=True, exist_ok=True)
    if odd < 0 or not target.is_dir():
        return place
    alias = _home() / hashlib.sha256(os.fsencode(target)).hexdigest()[:16]
    if not alias.is_symlink() or os.readlink(alias) != str(target):
        new = alias.with_name(f"{alias.name}-{os.getpid()}")
        new.unlink(missing_ok=True)
        new.symlink_to(target)
        os.replace(new, alias)
    _aliases[str(alias)] = str(target)
    return alias.joinpath(*parts[odd + 1 :])


def _home() -> Path:
    """Give the user's folder of links, which nobody else may write to."""
    home = Path(tempfile.gettempdir()) / f"car-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    home.mkdir(mode=0o700, exist_ok=True)
    status = home.lstat()
    is_ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    if not stat.S_ISDIR(status.st_mode) or not is_ours or _ODD.search(str(home)):
        raise CarError(
            f"{home} is in the way: it must be a folder of your own. Name another place in TMPDIR."
        )
    return home


def shown(text: str) -> str:
    """Put the folders themselves in place of the links that they are worked in by."""
    for alias, place in _aliases.items():
        text = text.replace(alias, place)
    return text


def shown_in_json(text: str) -> str:
    """Do the same in a JSON document."""
    for alias, place in _aliases.items():
        text = text.replace(json.dumps(alias)[1:-1], json.dumps(place)[1:-1])
    return text
