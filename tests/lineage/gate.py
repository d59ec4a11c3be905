"""The gate: which published columns hang on other parties' rows, and how that has to be declared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from mutation.project import MACROS, MODELS, ROOT, CompileFault, Renderer, project_variables, sql_files

from car.warehouse.declaration import INDUSTRY, OWN_PLACE, SHOWN, WITHHELD, Column, column_of
from lineage.selects import relation_of
from lineage.subjects import (
    CODE,
    NO_MARK,
    PARTY,
    PUBLIC,
    ROW,
    THING,
    Label,
    Mark,
    Relation,
    Subject,
    Value,
    reachable,
)
from lineage.syntax import Unreadable, parsed

DECLARED = Path(__file__).with_name("declared.yml")
MARKERS = Path(__file__).with_name("markers.sql")
# Sorted behind every file of macros, so that its macros stand for those of the same name.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MARKERS_FILE = "macros/~markers.sql"
PLACE = "tests/lineage/declared.yml"
ROWS = "rows"
# What `shows` says of a column that may name another party than the recipient.
NAMING = ("energy_supplier", "network_operator")
# The pool of what is shown with a league.
RANKED = "ranked"


@dataclass(frozen=True)
class Published:
    """A mart that an exposure hands out, its yml and its columns; which of them says to whom; None: all."""

    mart: str
    yml: str
    columns: dict[str, Column]
    recipient: str | None


@dataclass
class Texts:
    """The files that the gate reads: SQL by path, and what the yml files say of models and exposures."""

    sql: dict[str, str]
    models: dict[str, dict[str, Any]]
    published: list[Published]
    declared: dict[str, Any]


@cache
def project_texts() -> Texts:
    """Read the project as it stands."""
    sql = {file: (ROOT / file).read_text(encoding="utf-8") for file in sql_files(*MACROS, *MODELS)}
    sql[MARKERS_FILE] = MARKERS.read_text(encoding="utf-8")
    models: dict[str, dict[str, Any]] = {}
    files: dict[str, str] = {}
    exposures: list[dict[str, Any]] = []
    for path in sorted((*(ROOT / "models").rglob("*.yml"), *(ROOT / "seeds").rglob("*.yml"))):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
        for node in (content.get("models") or []) + (content.get("seeds") or []):
            models[node["name"]] = node
            files[node["name"]] = path.relative_to(ROOT).as_posix()
        exposures += content.get("exposures") or []
    published = []
    for exposure in exposures:
        publish = exposure.get("config", {}).get("meta", {}).get("publish")
        if publish and publish.get("recipient") == INDUSTRY:
            # Of the industry's report nobody is the recipient, and its figures are of all parties' rows. What
            # it may show is a matter of whole tables (docs/published.md, "Industry"): no lineage tells that.
            continue
        for reference in exposure["depends_on"] if publish else []:
            mart = reference.split("'")[1]
            columns = {column["name"]: column_of(column) for column in models[mart]["columns"]}
            split = publish.get("split", ["party_id"])
            published.append(Published(mart, files[mart], columns, split[0] if split else None))
    declared = yaml.load(DECLARED.read_text(encoding="utf-8"), Loader=LOADER)
    return Texts(sql, models, published, declared)


class Lineage:
    """The relations of a project's models, each made when it is asked for."""

    def __init__(self, texts: Texts, before: Lineage | None = None) -> None:
        """Take the texts; with an analysis of others before, what is the same is taken from it."""
        self.texts = texts
        self.variables = before.variables if before else project_variables()
        self.same_macros = before is not None and all(
            before.texts.sql.get(file) == text
            for file, text in texts.sql.items()
            if file.startswith("macros/")
        )
        self.same_yml = before is not None and all(
            getattr(texts, name) is getattr(before.texts, name) for name in ("models", "declared")
        )
        self.renderer = Renderer(texts.sql, before.renderer if before and self.same_macros else None)
        self.paths = {Path(file).stem: file for file in texts.sql if file.startswith("models/")}
        self.relations: dict[str, Relation] = {}
        self.marts = {published.mart for published in texts.published}
        self.queries: dict[str, str] = {}
        self.reads: dict[str, set[str]] = {}
        self.used: set[tuple[str, str]] = set()
        self.used_by: dict[str, set[tuple[str, str]]] = {}
        self.reading: list[str] = []
        self.before = before

    def query(self, model: str) -> str:
        """The SQL of a model, with calls that stand for the macros of disclosure control."""
        if model not in self.queries and self.before is not None and self.is_same(self.paths[model]):
            self.queries[model] = self.before.query(model)
        if model not in self.queries:
            self.queries[model] = self.renderer.sql(self.paths[model], lambda name: name, self.variables)
        return self.queries[model]

    def is_same(self, file: str) -> bool:
        """True where a model is as it was before, and the macros are."""
        return (
            self.same_macros
            and self.before is not None
            and self.before.texts.sql.get(file) == self.texts.sql[file]
        )

    def relation(self, name: str) -> Relation:
        """Give the relation of a model or seed.

        Raises:
            Unreadable: the analysis cannot follow it.
        """
        if self.reading:
            self.reads.setdefault(self.reading[-1], set()).add(name)
        found = self.own_relation(name)
        if not (self.reading and name in self.marts):
            return found
        # What another file takes of a published one is shown there, and declared there.
        shown = Mark(released=frozenset([SHOWN]))
        columns = {
            column: replace(value, mark=shown if value.mark.released else NO_MARK)
            for column, value in found.columns.items()
        }
        return replace(found, columns=columns)

    def own_relation(self, name: str) -> Relation:
        if name not in self.relations:
            self.relations[name] = self.made(name)
        return self.relations[name]

    def made(self, name: str) -> Relation:
        if name not in self.paths or name in self.texts.declared["rows"]:
            known = self.before.relations.get(name) if self.before and self.same_yml else None
            return known or self.landed(name)
        if self.reading.count(name):
            raise Unreadable(f"{name} reads itself")
        old = self.before
        self.reading.append(name)
        try:
            is_known = old is not None and self.same_yml and name in old.relations
            if old is not None and is_known and old.queries.get(name) == self.query(name):
                self.reads[name] = old.reads.get(name, set())
                if all(
                    self.own_relation(read) is old.relations.get(read) for read in old.reads.get(name, ())
                ):
                    self.used |= old.used_by.get(name, set())
                    self.used_by[name] = old.used_by.get(name, set())
                    return old.relations[name]
            made = relation_of(parsed(self.query(name)), self.relation, self.excepted, name)
            made.keys = [*made.keys, *self.unique(name, made)]
            return self.excepted(name, self.numbered(name, self.listed(name, made)))
        except CompileFault as fault:
            raise Unreadable(f"{name} cannot be rendered: {fault}") from fault
        except Unreadable as fault:
            raise fault if str(fault).startswith("In ") else Unreadable(f"In {name}: {fault}") from fault
        finally:
            self.reading.pop()

    # ---- what is declared ----------------------------------------------------------------------------

    def landed(self, name: str) -> Relation:
        """A staging model or seed: its columns, and whose rows they are."""
        node = self.texts.models.get(name)
        if node is None:
            raise Unreadable(f"no model or seed {name}")
        columns = [column["name"] for column in node.get("columns") or []]
        said = self.texts.declared["rows"].get(name)
        if said is None and not name.startswith("stg_"):
            relation = Relation({column: Value() for column in columns})
            relation.keys = self.unique(name, relation)
            return relation
        if said is None:
            raise Unreadable(f"{PLACE} does not say whose rows {name} has: add it to `rows`")
        owner: Subject | None = None
        if "party" in said or "thing" in said:
            kind = PARTY if "party" in said else THING
            owner = Subject(kind, f"{said.get('party') or said['thing']} of {name}")
        rows = PUBLIC if owner is None else Label(frozenset([owner]))
        # Who is in the register of parties, everybody may know.
        relation = Relation(
            {column: Value(rows) for column in columns}, PUBLIC if said.get("is_register") else rows
        )

        def name_in(column: str, kind: str, subject: Subject | None = None) -> Subject:
            subject = subject or Subject(kind, f"{column} of {name}")
            # A name says who it is. That there is such a row, `rows` says.
            label = replace(PUBLIC if subject is owner else rows, named=frozenset([subject]))
            relation.columns[column] = Value(label if kind == PARTY else rows, subject)
            return subject

        if owner is not None:
            name_in(said.get("party") or said["thing"], owner.kind, owner)
        things = [name_in(column, THING) for column in said.get("things") or []]
        parties = [name_in(column, PARTY) for column in said.get("parties") or []]
        if owner is not None and owner.kind == THING:
            # Of a row that no party owns those that it names may be told.
            for thing in (owner, *things):
                relation.covers[thing] = frozenset({owner, *things, *parties} - {thing})
        elif owner is not None:
            relation.covers = {thing: frozenset([owner]) for thing in things}
            if "row" in said:
                relation.owners[name_in(said["row"], ROW)] = owner
        relation.keys = self.unique(name, relation)
        return relation

    def unique(self, name: str, relation: Relation) -> list[frozenset[str]]:
        """The grains that the yml of a model or seed tests."""
        node = self.texts.models.get(name, {})
        found = []
        for test in node.get("data_tests") or []:
            if isinstance(test, dict) and "unique_grain" in test:
                key = frozenset(test["unique_grain"]["arguments"]["columns"])
                if key <= set(relation.columns):
                    found.append(key)
        for column in node.get("columns") or []:
            if "unique" in (column.get("data_tests") or []):
                found.append(frozenset([column["name"]]))
        return found

    def listed(self, name: str, relation: Relation) -> Relation:
        """A list of codes: each entry is its own subject."""
        key = self.texts.declared["codes"].get(name)
        if key is None:
            return relation
        entry = Subject(CODE, f"{key} of {name}")
        label = Label(frozenset([entry]))
        columns = {column: Value(label) for column in relation.columns}
        columns[key] = Value(label, entry, Mark(is_number=True))
        return Relation(columns, label, keys=relation.keys)

    def numbered(self, name: str, relation: Relation) -> Relation:
        """Numbers that stand for a party name the same party."""
        for number, column in (self.texts.declared["numbers"].get(name) or {}).items():
            named = relation.columns[column].names
            if named is None:
                raise Unreadable(f"{PLACE}, numbers: {column} of {name} names no party")
            relation.columns[number] = replace(relation.columns[column], mark=Mark(is_number=True))
        return relation

    def excepted(self, name: str, relation: Relation) -> Relation:
        """Clear what an exception lets through, and remember that there was something to clear."""
        for exception in self.texts.declared["exceptions"]:
            if exception["query"] != name:
                continue
            by = exception.get("by")
            unknown = {by, *exception["columns"]} - {None, ROWS, *relation.columns}
            if unknown:
                raise Unreadable(f"{PLACE}, exceptions: {name} has no column {', '.join(sorted(unknown))}")
            teller = None if by is None else relation.columns[by].names
            if by is not None and teller is None:
                raise Unreadable(f"{PLACE}, exceptions: {by} of {name} names nobody")
            for column in exception["columns"]:
                old = relation.rows if column == ROWS else relation.columns[column].label
                new = PUBLIC if teller is None else Label(frozenset([teller]))
                if teller is not None and not self.is_foreign(relation, old, teller):
                    continue
                if teller is None and old.is_clear:
                    continue
                self.used.add((name, column))
                if self.reading:
                    self.used_by.setdefault(self.reading[-1], set()).add((name, column))
                if column == ROWS:
                    relation.rows = new
                else:
                    relation.columns[column] = replace(relation.columns[column], label=new)
                    named = relation.columns[column].names
                    if (
                        teller is not None
                        and named is not None
                        and named.kind in (THING, CODE)
                        and named is not teller
                    ):
                        relation.covers[named] = relation.covers.get(named, frozenset()) | {teller}
        return relation

    @staticmethod
    def is_foreign(relation: Relation, label: Label, teller: Subject) -> bool:
        return bool(label.pools) or any(
            subject is not teller and teller not in reachable(relation.covers, subject)
            for subject in label.subjects
        )

    # ---- what is found -------------------------------------------------------------------------------

    def findings(self) -> list[str]:
        """What is published round the macros, and what is declared otherwise than it is, in words."""
        found: list[str] = []
        for published in self.texts.published:
            try:
                relation = self.relation(published.mart)
            except Unreadable as fault:
                found.append(f"{published.mart}: the gate cannot follow it. {fault}")
                continue
            # What all get alike is nobody's, so that it may hang on nobody's rows.
            recipient = Subject(PARTY, "everybody")
            if published.recipient is not None:
                recipient = relation.columns[published.recipient].names
            if recipient is None or recipient.kind != PARTY:
                found.append(
                    f"{published.mart}: {published.recipient} names no party, so that nobody owns the file"
                )
                continue
            found += self.leaks(published, relation, recipient)
            for name, value in relation.columns.items():
                declared = published.columns.get(name) or Column(name, "")
                found += misdeclared(published, declared, value, recipient)
        return found + self.unused()

    def leaks(self, published: Published, relation: Relation, recipient: Subject) -> list[str]:
        """What of a mart hangs on rows that are not the recipient's."""
        labels = {ROWS: relation.rows, **{name: value.label for name, value in relation.columns.items()}}
        found = []
        for name, label in labels.items():
            words = {pool.words for pool in label.pools}
            words |= {
                subject.words
                for subject in label.subjects
                if subject is not recipient and recipient not in reachable(relation.covers, subject)
            }
            if words:
                what = "which rows there are" if name == ROWS else f"column {name}"
                found.append(
                    f"{published.mart}: {what} hangs on other parties' rows ({'; '.join(sorted(words))}):"
                    " show it through a macro that judges its pool (macros/marts/disclosure.sql, league.sql),"
                    " with the counts of disclosure_pool from the figure's own model and cell"
                    " (tests/lineage/README.md)"
                )
        return found

    def unused(self) -> list[str]:
        """What declared.yml says to no purpose."""
        declared = self.texts.declared
        found = [
            f"{PLACE}: of {one['query']}.{column} nothing has to be let through: take it out"
            for one in declared["exceptions"]
            for column in one["columns"]
            if (one["query"], column) not in self.used
        ]
        return found + [
            f"{PLACE}: {part} has {name}, which no published file hangs on: take it out"
            for part in ("rows", "codes", "numbers")
            for name in declared[part]
            if name not in self.relations
        ]


def misdeclared(published: Published, declared: Column, value: Value, recipient: Subject) -> list[str]:
    """Where the yml says otherwise of a column than its lineage."""
    place = f"{published.yml}: column {declared.name}"
    found = []
    if value.mark.is_number:
        found.append(
            f"{place} shows a number that stands for a row or party, and holds within one build alone"
        )
    others = sorted(subject.words for subject in value.label.named if subject is not recipient)
    if others and declared.shows not in NAMING:
        found.append(
            f"{place} names another party ({'; '.join(others)}): leave it out, or where the contract"
            f" tells it, write `shows: {NAMING[0]}` or `shows: {NAMING[1]}`"
        )
    if not others and declared.shows in NAMING:
        found.append(
            f"{place} names no other party: write `shows: nothing` in place of `shows: {declared.shows}`"
        )
    if value.mark.is_withheld:
        fitting = {WITHHELD}
    elif RANKED in value.mark.released:
        fitting = {RANKED, OWN_PLACE}
    else:
        fitting = set(value.mark.released)
    if fitting and declared.industry not in fitting:
        said = f"in place of `industry: {declared.industry}`" if declared.industry else "there"
        found.append(
            f"{place} has passed a macro of disclosure control: write"
            f" `config: {{meta: {{industry: {' or '.join(sorted(fitting))}}}}}` {said}"
        )
    if not fitting and declared.industry:
        found.append(
            f"{place} has passed no macro of disclosure control: show it through one,"
            f" or take out `industry: {declared.industry}`"
        )
    return found
