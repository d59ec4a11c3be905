"""Names of files that programs lay beside others: no extracts, although they may end as one does."""

from __future__ import annotations

import re

# The first that fits tells; a name that begins with a dot is hidden, whatever made it.
_SIDE_FILES = (
    (r"\._.+", "what macOS lays beside a file that it copies"),
    (r"\.~lock\..+", "the lock of a file that is open in LibreOffice"),
    (r"~\$.+", "the lock of a file that is open in Microsoft Office"),
    (r"\.#.+", "the lock of a file that is open in an editor"),
    (r".+\.(part|partial|tmp)\.[a-z]+", "a file that is still being written"),
    (r"\.[^.].*", "a hidden file, such as programs keep for themselves"),
)
_FLAGS = re.DOTALL | re.IGNORECASE
_ANY = re.compile("|".join(pattern for pattern, _ in _SIDE_FILES), _FLAGS)


def likely_side_file(path: str) -> str | None:
    """Say what a file is likely to be by its name, where that is no extract.

    Parameters:
        path: path of the file, with `/`.

    Returns:
        Words that follow "it is likely to be"; None where the name tells nothing.
    """
    name = path.rsplit("/", 1)[-1]
    if not _ANY.fullmatch(name):
        return None
    return next(what for pattern, what in _SIDE_FILES if re.fullmatch(pattern, name, _FLAGS))
