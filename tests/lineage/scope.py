"""What joins equate in a query, and its relations as it sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from lineage.subjects import Label, Relation, Subject, Value, reachable


@dataclass
class Same:
    """Subjects that joins have equated: each group of them has one that stands for it."""

    chosen: dict[Subject, Subject] = field(default_factory=dict)
    covers: dict[Subject, set[Subject]] = field(default_factory=dict)
    owners: dict[Subject, Subject] = field(default_factory=dict)
    known: dict[Subject, frozenset[Subject]] | None = None

    def find(self, subject: Subject) -> Subject:
        """Give the one that stands for it."""
        while subject in self.chosen:
            subject = self.chosen[subject]
        return subject

    def label(self, label: Label) -> Label:
        """Give the label with those that stand for its subjects."""
        return label.changed(self.find)

    def merge(self, one: Subject, other: Subject) -> None:
        """Take two for one; where both are rows, their owners too."""
        kept, dropped = self.find(one), self.find(other)
        if kept is dropped:
            return
        self.chosen[dropped] = kept
        self.known = None
        owners = [owner for row in (kept, dropped) if (owner := self.owners.get(row)) is not None]
        if owners:
            self.owners[kept] = owners[0]
            for owner in owners[1:]:
                self.merge(owners[0], owner)

    def cover(self, thing: Subject, coverers: Iterable[Subject]) -> None:
        """Add subjects that a thing may be told to."""
        self.covers.setdefault(thing, set()).update(coverers)
        self.known = None

    def coverers(self, subject: Subject) -> set[Subject]:
        """All to whom a thing may be told."""
        if self.known is None:
            self.known = {}
            for thing, coverers in self.covers.items():
                root = self.find(thing)
                self.known[root] = self.known.get(root, frozenset()) | frozenset(map(self.find, coverers))
        return reachable(self.known, self.find(subject))


@dataclass
class Item:
    """A relation in a `from`, by its alias; `substitutes` says whose a code is that was looked up."""

    alias: str
    relation: Relation
    is_outer: bool = False
    is_covered: bool = False
    substitutes: dict[Subject, Label] = field(default_factory=dict)
    instead: dict[str, Value] = field(default_factory=dict)

    def value(self, column: str) -> Value:
        """Give a column as this query sees it."""
        value = self.instead.get(column, self.relation.columns[column])
        if not self.substitutes:
            return value
        label = Label(pools=value.label.pools, named=value.label.named)
        for subject in value.label.subjects:
            label |= self.substitutes.get(subject, Label(frozenset([subject])))
        return replace(value, label=label)

    def add(self, label: Label) -> None:
        """Let all columns hang on something more: by it they may be null."""
        if not label.is_clear:
            for column, value in self.relation.columns.items():
                seen = self.instead.get(column, value)
                self.instead[column] = replace(seen, label=seen.label | label)


@dataclass
class Group:
    """How a query groups: its expressions, their values, and which subjects a group still names."""

    texts: list[str]
    cell: frozenset[str]
    kept: frozenset[Subject]
