"""What the analysis says of a value: whose rows it hangs on, and whether a macro has judged it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

PARTY, THING, CODE, ROW = "party", "thing", "code", "row"


class Subject:
    """Whom rows belong to: a party, a thing (Device, meter point), an entry of a code list, or a row itself.

    It stands for whichever value its columns have in a row. Two are one where a join equates them.
    """

    __slots__ = ("kind", "words")

    def __init__(self, kind: str, words: str) -> None:
        """Take the kind and the words by which a finding names it."""
        self.kind, self.words = kind, words

    def __repr__(self) -> str:
        """Give the words, for whoever debugs."""
        return f"<{self.kind} {self.words}>"


@dataclass(frozen=True)
class Pool:
    """Rows of several subjects that stand in one figure.

    Parameters:
        cell: the names of the columns that the figure is grouped by.
        is_key: true for a column of the cell, which tells that the pool has rows there and no more.
        words: what was pooled, and where.
    """

    cell: frozenset[str]
    is_key: bool
    words: str


@dataclass(frozen=True)
class Label:
    """Whose rows a value hangs on.

    Parameters:
        subjects: those whose rows they are, as far as the row still names them.
        pools: where rows of several became one figure.
        named: parties that the value names. That a Device has a supplier is said of the Device; who it is
            names one.
    """

    subjects: frozenset[Subject] = frozenset()
    pools: frozenset[Pool] = frozenset()
    named: frozenset[Subject] = frozenset()

    def __or__(self, other: Label) -> Label:
        """Join two: a value that is made of both."""
        if other.is_clear:
            return self
        return Label(self.subjects | other.subjects, self.pools | other.pools, self.named | other.named)

    @property
    def is_clear(self) -> bool:
        """True where it hangs on no rows of anybody, and names nobody."""
        return not (self.subjects or self.pools or self.named)

    @property
    def of_rows(self) -> Label:
        """What is left of it in a condition: whose rows, and not who is named."""
        return Label(self.subjects, self.pools)

    def changed(self, new: Callable[[Subject], Subject]) -> Label:
        """The same of other subjects."""
        return Label(frozenset(map(new, self.subjects)), self.pools, frozenset(map(new, self.named)))


PUBLIC = Label()


def joined(labels: Iterable[Label]) -> Label:
    """Join any number of labels."""
    whole = PUBLIC
    for label in labels:
        whole |= label
    return whole


@dataclass(frozen=True)
class Mark:
    """What a macro of disclosure control has made of a value. Lost where anything is reckoned from it.

    Parameters:
        released: the pools whose releasing macro it has passed; `ranked` is the league's.
        is_withheld: true for the flag that says whether a figure was withheld.
        flags: `league` for is_league_shown, `ranked` for is_ranked.
        is_league: true for a rate, place or number that may be shown with its league.
        counted: of a column of disclosure_pool the pool's name and what it counts.
        is_number: true for a number that stands for a row, and says nothing.
    """

    released: frozenset[str] = frozenset()
    is_withheld: bool = False
    flags: frozenset[str] = frozenset()
    is_league: bool = False
    counted: tuple[str, str] | None = None
    is_number: bool = False


NO_MARK = Mark()


@dataclass(frozen=True)
class Value:
    """A column or an expression: its label, the subject that it names, its mark, if it is a constant."""

    label: Label = PUBLIC
    names: Subject | None = None
    mark: Mark = NO_MARK
    is_constant: bool = False


CONSTANT = Value(is_constant=True)


@dataclass
class Relation:
    """A table, or what a select gives.

    Parameters:
        columns: by name, in order.
        rows: whose rows tell which rows there are.
        covers: of a thing or code the subjects whose rows name it, so that it may be told to them.
        owners: of a subject of kind row the party whose row it is.
        keys: sets of columns of which no two rows have the same values.
    """

    columns: dict[str, Value]
    rows: Label = PUBLIC
    covers: dict[Subject, frozenset[Subject]] = field(default_factory=dict)
    owners: dict[Subject, Subject] = field(default_factory=dict)
    keys: list[frozenset[str]] = field(default_factory=list)

    def subjects(self) -> set[Subject]:
        """Every subject that the relation speaks of."""
        found = set(self.rows.subjects) | set(self.covers) | set(self.owners) | set(self.owners.values())
        for coverers in self.covers.values():
            found |= coverers
        for value in self.columns.values():
            found |= value.label.subjects | value.label.named
            if value.names is not None:
                found.add(value.names)
        return found

    def renamed(self, names: Mapping[Subject, Subject]) -> Relation:
        """The same with other subjects, those without another left as they are."""

        def new(subject: Subject) -> Subject:
            return names.get(subject, subject)

        covers: dict[Subject, frozenset[Subject]] = {}
        for thing, coverers in self.covers.items():
            covers[new(thing)] = covers.get(new(thing), frozenset()) | frozenset(map(new, coverers))
        return Relation(
            {
                name: replace(
                    value,
                    label=value.label.changed(new),
                    names=None if value.names is None else new(value.names),
                )
                for name, value in self.columns.items()
            },
            self.rows.changed(new),
            covers,
            {new(row): new(owner) for row, owner in self.owners.items()},
            self.keys,
        )

    def copy(self) -> Relation:
        """The same with subjects of its own: it is read once more, and the rows may be others."""
        return self.renamed({subject: Subject(subject.kind, subject.words) for subject in self.subjects()})


def reachable(covers: Mapping[Subject, frozenset[Subject]], subject: Subject) -> set[Subject]:
    """Those that a thing may be told to, by way of other things too."""
    found: set[Subject] = set()
    waiting = [subject]
    while waiting:
        for coverer in covers.get(waiting.pop(), frozenset()):
            if coverer not in found:
                found.add(coverer)
                if coverer.kind != PARTY:
                    waiting.append(coverer)
    return found
