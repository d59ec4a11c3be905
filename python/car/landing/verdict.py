"""Why a file of the landing zone is rejected."""

from __future__ import annotations

REASONS = {
    "unreadable": "it cannot be opened, read or decoded, or is not of its format",
    "truncated": "its end is missing",
    "empty_file": "it has no bytes",
    "not_utf8": "it is not UTF-8",
    "field_count": "a record has too few or too many fields",
    "unclosed_quote": "a quote is never closed",
    "bad_quote": "a field goes on behind its closing quote",
    "field_too_long": "a field is longer than the reader takes",
    "missing_column": "it lacks a contract column",
    "duplicate_column": "it has a contract column more than once",
    "wrong_type": "it has a contract column in another family of types",
}


class Rejected(Exception):
    """A file is not what docs/landing.md, "What bad input gets", asks for; all of it is left out.

    Attributes:
        reason: one of `REASONS`.
        found: what is wrong, in words that name record numbers and columns but no value of a record.
        expected: what was expected instead.
    """

    def __init__(self, reason: str, found: str, expected: str) -> None:
        if reason not in REASONS:
            raise ValueError(f"unknown reason {reason}")
        super().__init__(f"{reason}: {found}")
        self.reason = reason
        self.found = found
        self.expected = expected

    def with_words(self, words: str) -> Rejected:
        """Give the same verdict with further words on what was found."""
        return Rejected(self.reason, f"{self.found} ({words})", self.expected)
