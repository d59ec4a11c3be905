"""Whose rows the columns of a union hang on."""

from __future__ import annotations

from lineage.subjects import (
    NO_MARK,
    PARTY,
    ROW,
    Label,
    Mark,
    Pool,
    Relation,
    Subject,
    Value,
    joined,
    reachable,
)
from lineage.syntax import Unreadable


def united(relations: list[Relation], where: str, *, is_distinct: bool) -> Relation:
    """Put rows of several relations below one another, column by column."""
    names = list(relations[0].columns)
    if any(len(relation.columns) != len(names) for relation in relations):
        raise Unreadable("a union of different numbers of columns")
    branches = [list(relation.columns.values()) for relation in relations]
    subjects: dict[tuple[Subject | None, ...], Subject] = {}
    named: list[Subject | None] = []
    for at in range(len(names)):
        values = [branch[at] for branch in branches]
        kinds = {value.names.kind for value in values if value.names is not None}
        if len(kinds) != 1 or any(value.names is None and not value.is_constant for value in values):
            named.append(None)
            continue
        each = tuple(value.names for value in values)
        words = next(value.names.words for value in values if value.names is not None)
        named.append(subjects.setdefault(each, Subject(kinds.pop(), words)))
    new: list[dict[Subject, Subject]] = [{} for _ in relations]
    for each, subject in subjects.items():
        for mapping, old in zip(new, each, strict=True):
            if old is not None:
                mapping.setdefault(old, subject)
        if subject.kind == ROW:
            owner = Subject(PARTY, f"whose {subject.words} is")
            for relation, mapping, old in zip(relations, new, each, strict=True):
                if old is not None and old in relation.owners:
                    mapping.setdefault(relation.owners[old], owner)
    renamed = [relation.renamed(mapping) for relation, mapping in zip(relations, new, strict=True)]
    columns: dict[str, Value] = {}
    for at, name in enumerate(names):
        values = [list(relation.columns.values())[at] for relation in renamed]
        varying = [value.mark for value in values if not value.is_constant]
        mark = NO_MARK
        if varying:
            mark = Mark(
                released=frozenset(pool for each in varying for pool in each.released),
                is_withheld=all(each.is_withheld for each in varying),
                flags=frozenset.intersection(*(each.flags for each in varying)),
                is_league=all(each.is_league for each in varying),
                counted=varying[0].counted if len({each.counted for each in varying}) == 1 else None,
                is_number=any(each.is_number for each in varying),
            )
        label = joined(value.label for value in values)
        columns[name] = Value(label, named[at], mark, all(value.is_constant for value in values))
    rows = joined(relation.rows for relation in renamed)
    covers: dict[Subject, frozenset[Subject]] = {}
    for relation in renamed:
        for thing, coverers in relation.covers.items():
            spoken = thing in relation.subjects()
            if spoken:
                covers[thing] = covers[thing] & coverers if thing in covers else coverers
    owners = {row: owner for relation in renamed for row, owner in relation.owners.items()}
    result = Relation(columns, rows, covers, owners, [])
    if is_distinct:
        kept = {value.names for value in columns.values() if value.names is not None}
        kept |= {owners[row] for row in kept if row in owners}
        pools = set(rows.pools)
        left = set()
        for subject in rows.subjects:
            tellers = reachable(covers, subject) & kept
            if subject in kept or subject.kind == ROW:
                left.add(subject)
            elif subject.kind != PARTY and tellers:
                left.add(min(tellers, key=lambda teller: (teller.kind != PARTY, teller.words)))
            else:
                pools.add(Pool(frozenset(names), True, f"{subject.words}, pooled in {where}"))
        result.rows = Label(frozenset(left), frozenset(pools))
        result.keys = [frozenset(names)]
    return result
