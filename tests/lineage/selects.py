"""Whose rows the columns of a query hang on: `relation_of` follows them from its tables to its columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from lineage.scope import Group, Item, Same
from lineage.subjects import (
    CODE,
    CONSTANT,
    NO_MARK,
    PARTY,
    PUBLIC,
    ROW,
    THING,
    Label,
    Mark,
    Pool,
    Relation,
    Subject,
    Value,
    joined,
)
from lineage.syntax import (
    EQUALITIES,
    Node,
    Unreadable,
    arguments,
    conjuncts,
    is_aggregate,
    operands,
    orders,
    parameters_in,
    walked,
)
from lineage.unions import united

# Aggregates and windows that give one of the values, so that a key stays a key.
CHOOSING = ("min", "max", "any_value", "first", "last", "lag", "lead", "first_value", "last_value")
COUNTED_PARTS = ("group_count", "row_count", "largest_count", "second_largest_count")

# Gives the relation of a name, and changes what a query gives by what is declared of it.
Lookup = Callable[[str], Relation]
Declared = Callable[[str, Relation], Relation]


class Select:
    """One `select` with what stands around it."""

    def __init__(
        self, node: Node, tables: Lookup, declared: Declared, where: str, outer: Select | None = None
    ) -> None:
        """Take the parsed select; `where` is how findings name it."""
        self.node, self.tables, self.declared, self.where, self.outer = node, tables, declared, where, outer
        self.same: Same = outer.same if outer else Same()
        self.items: list[Item] = []
        self.joins: list[tuple[Node, Item | None]] = []
        self.aliases: dict[str, Node] = {}
        self.rows = PUBLIC

    # ---- the whole ---------------------------------------------------------------------------------

    def relation(self) -> Relation:
        """Give what the select returns."""
        node = self.node
        self.read(node["from_table"], is_outer=False)
        for condition in conjuncts(node.get("where_clause")):
            self.joins.append((condition, None))
        self.equate()
        self.connect()
        self.look_up()
        self.count_rows()
        expressions = [named for listed in node["select_list"] for named in self.listed(listed)]
        self.aliases = {name: expression for name, expression, _ in expressions if expression is not None}
        group = self.grouped(expressions)
        columns: dict[str, Value] = {}
        for name, expression, value in expressions:
            given = value if expression is None else self.value(expression, group)
            columns[name] = replace(given, label=self.same.label(given.label))
        keys = self.keys(expressions, group)
        rows = self.rows
        if group is not None:
            rows = self.pooled(rows, group.kept, group.cell, is_key=True)
        for condition in (node.get("having"), node.get("qualify")):
            if condition:
                rows |= self.value(condition, group).label.of_rows
        for modifier in node.get("modifiers") or []:
            if modifier["type"] == "DISTINCT_MODIFIER":
                if modifier.get("distinct_on_targets"):
                    raise Unreadable("distinct on")
                rows, keys = self.distinct(rows, columns), [*keys, frozenset(columns)]
            elif modifier["type"] == "LIMIT_MODIFIER":
                kept = self.kept([])
                rows |= self.pooled(rows, kept, frozenset(), is_key=False)
        return self.finished(columns, rows, keys)

    def finished(self, columns: dict[str, Value], rows: Label, keys: list[frozenset[str]]) -> Relation:
        same = self.same
        rows = same.label(rows)
        for value in columns.values():
            if value.names is not None and value.names.kind in (THING, CODE):
                same.cover(value.names, rows.subjects)
        spoken = {
            s for value in columns.values() for s in value.label.subjects | value.label.named
        } | rows.subjects
        spoken |= {value.names for value in columns.values() if value.names is not None}
        spoken = {same.find(subject) for subject in spoken}
        # Those that are spoken of no more can tell nobody anything.
        covers = {
            thing: frozenset(same.coverers(thing) & spoken - {thing})
            for thing in spoken
            if thing.kind in (THING, CODE)
        }
        owners = {
            row: same.find(same.owners[row]) for row in spoken if row.kind == ROW and row in same.owners
        }
        final = {
            name: replace(value, names=None if value.names is None else same.find(value.names))
            for name, value in columns.items()
        }
        return Relation(final, rows, covers, owners, keys)

    def distinct(self, rows: Label, columns: Mapping[str, Value]) -> Label:
        """Of equal rows one is left: rows of different subjects become one."""
        kept = self.kept(value.names for value in columns.values())
        return self.pooled(rows, kept, frozenset(columns), is_key=True)

    # ---- what is read --------------------------------------------------------------------------------

    def read(self, source: Node, *, is_outer: bool) -> None:
        kind = source["type"]
        if kind == "JOIN":
            self.read_join(source, is_outer=is_outer)
        elif kind == "BASE_TABLE":
            name = source["table_name"].lower()
            self.add(source.get("alias") or name, self.tables(name), source, is_outer=is_outer)
        elif kind == "SUBQUERY":
            alias = source.get("alias") or "subquery"
            found = relation_of(
                source["subquery"]["node"], self.tables, self.declared, f"{self.where}.{alias}", self.outer
            )
            self.add(alias, found, source, is_outer=is_outer)
        elif kind == "EXPRESSION_LIST":
            width = len(source["values"][0])
            values = [
                joined(self.value(row[at], None).label for row in source["values"]) for at in range(width)
            ]
            columns = {f"col{at}": Value(label) for at, label in enumerate(values)}
            self.add(source.get("alias") or "values", Relation(columns), source, is_outer=is_outer)
        elif kind == "TABLE_FUNCTION":
            label = self.value(source["function"], None).label
            names = source.get("column_name_alias") or [source["function"]["function_name"]]
            relation = Relation({name: Value(label) for name in names}, rows=label)
            self.add(source.get("alias") or names[0], relation, {}, is_outer=is_outer)
        elif kind != "EMPTY":
            raise Unreadable(f"a {kind.lower()} in a from")

    def add(self, alias: str, relation: Relation, source: Node, *, is_outer: bool) -> None:
        copy = relation.copy()
        names = source.get("column_name_alias") or []
        if names:
            old = list(copy.columns)
            new = dict(zip(old, [*(name.lower() for name in names), *old[len(names) :]], strict=True))
            copy.columns = {new[name]: value for name, value in copy.columns.items()}
            copy.keys = [frozenset(new[name] for name in key) for key in copy.keys]
        self.items.append(Item(alias.lower(), copy, is_outer))
        self.same.owners.update(copy.owners)
        for thing, coverers in copy.covers.items():
            self.same.cover(thing, coverers)

    def read_join(self, source: Node, *, is_outer: bool) -> None:
        how = source["join_type"], source["ref_type"]
        if how[0] not in ("INNER", "LEFT") or how[1] not in ("REGULAR", "CROSS"):
            raise Unreadable(f"a join of the kind {' '.join(how).lower()}")
        self.read(source["left"], is_outer=is_outer)
        before = len(self.items)
        self.read(source["right"], is_outer=is_outer or how[0] == "LEFT")
        right = self.items[before]
        if len(self.items) > before + 1 and how[0] == "LEFT":
            raise Unreadable("a left join of several tables in brackets")
        for condition in conjuncts(source.get("condition")):
            self.joins.append((condition, right if how[0] == "LEFT" else None))
        for column in source.get("using_columns") or []:
            left = next(item for item in self.items[:before] if column.lower() in item.relation.columns)
            sides = [
                {"class": "COLUMN_REF", "type": "COLUMN_REF", "column_names": [item.alias, column]}
                for item in (left, right)
            ]
            equal = {"class": "COMPARISON", "type": "COMPARE_EQUAL", "left": sides[0], "right": sides[1]}
            self.joins.append((equal, right if how[0] == "LEFT" else None))

    # ---- what joins equate ---------------------------------------------------------------------------

    def equalities(self) -> list[tuple[Node, Node, Item | None]]:
        """The pairs of expressions that are equal in every row (where a left join has found something)."""
        pairs = []
        for condition, right in self.joins:
            if condition["type"] in EQUALITIES:
                pairs.append((condition["left"], condition["right"], right))
            elif condition["class"] == "SUBQUERY" and condition["subquery_type"] == "ANY":
                continue
        return [
            pair
            for pair in pairs
            # Of a left join only what concerns its right side holds in every row.
            if pair[2] is None or pair[2] in (self.items_of(pair[0]) + self.items_of(pair[1]))
        ]

    def items_of(self, expression: Node) -> list[Item]:
        found = []
        for part in walked(expression):
            if part["class"] == "COLUMN_REF":
                place = self.place(part["column_names"])
                if isinstance(place, tuple):
                    found.append(place[0])
            elif part["class"] == "SUBQUERY":
                found.extend(self.items)
        return found

    def equate(self) -> None:
        """Take the subjects of equated columns for one."""
        for left, right, _ in self.equalities():
            names = [self.value(side, None).names for side in (left, right)]
            if names[0] is not None and names[1] is not None and names[0].kind == names[1].kind:
                self.same.merge(names[0], names[1])

    def connect(self) -> None:
        """Things of items that share a subject cover one another, and may be told to whom either may be."""
        groups: list[tuple[set[Subject], set[Subject]]] = []
        for item in self.items:
            relation = item.relation
            named = {value.names for value in relation.columns.values() if value.names is not None}
            spoken = {self.same.find(s) for s in named | relation.rows.subjects if s.kind != CODE}
            things = {s for s in spoken if s.kind == THING}
            linked = [group for group in groups if group[0] & spoken]
            groups = [group for group in groups if not group[0] & spoken]
            for group in linked:
                spoken, things = spoken | group[0], things | group[1]
            groups.append((spoken, things))
        for _, things in groups:
            told_to = {subject for thing in things for subject in self.same.coverers(thing)} | things
            for thing in things:
                self.same.cover(thing, told_to - {thing})

    def look_up(self) -> None:
        """See which items have at most one row for each of the others, and what their columns then say."""
        pairs = self.equalities()
        for item in self.items:
            partners: dict[str, Node] = {}
            for left, right, _ in pairs:
                for side, other in ((left, right), (right, left)):
                    if side["class"] == "COLUMN_REF":
                        place = self.place(side["column_names"])
                        if isinstance(place, tuple) and place[0] is item and item not in self.items_of(other):
                            partners[place[1]] = other
            given = {column: self.value(other, None) for column, other in partners.items()}
            self.take_instead(item, given)
            if item is self.items[0]:
                continue
            for key in item.relation.keys:
                if key <= set(given):
                    item.is_covered = True
                    self.substitute(item, [given[column] for column in key])

    def take_instead(self, item: Item, given: Mapping[str, Value]) -> None:
        """A column of a pool's cell that is equated with something else says no more than that."""
        for column, value in given.items():
            own = item.relation.columns[column]
            if all(pool.is_key for pool in own.label.pools) and not value.label.pools:
                item.instead[column] = replace(own, label=value.label if own.label.pools else own.label)

    def substitute(self, item: Item, key: list[Value]) -> None:
        """A thing or code that is looked up by words belongs to whom the words belong to."""
        elsewhere = {
            self.same.find(value.names)
            for other in self.items
            if other is not item
            for value in other.relation.columns.values()
            if value.names is not None
        }
        whose = joined(value.label for value in key)
        for subject in item.relation.rows.subjects:
            if subject.kind == CODE and self.same.find(subject) not in elsewhere:
                item.substitutes[subject] = whose
                self.same.cover(subject, whose.subjects)

    # ---- which rows there are ------------------------------------------------------------------------

    def count_rows(self) -> None:
        """Say whose rows tell which rows the select has."""
        rows = PUBLIC
        for item in self.items:
            told = self.item_rows(item)
            if item.is_covered:
                # At most one row of it for each of the others: that there is one says no more than its cell.
                told = Label(pools=frozenset(pool for pool in told.pools if not pool.is_key))
            if item.is_outer:
                item.add(self.item_rows(item) if item.is_covered else told)
            if not (item.is_outer and item.is_covered):
                rows |= told
        equal = [(left, right) for left, right, _ in self.equalities()]
        for condition, right in self.joins:
            label = self.condition(condition, equal)
            if right is None:
                rows |= label
            else:
                right.add(label)
        self.rows = self.same.label(self.shown_with_league(rows))

    def item_rows(self, item: Item) -> Label:
        label = Label(pools=item.relation.rows.pools)
        for subject in item.relation.rows.subjects:
            label |= item.substitutes.get(subject, Label(frozenset([subject])))
        return self.same.label(label)

    def condition(self, condition: Node, equal: list[tuple[Node, Node]]) -> Label:
        """What a condition tells. That keys are equal tells nothing; that a figure is equal to one does."""
        if condition["type"] in EQUALITIES:
            sides = (condition["left"], condition["right"])
            if any(sides[0] is left and sides[1] is right for left, right in equal):
                label = joined(self.value(side, None).label for side in sides)
                return Label(pools=frozenset(pool for pool in label.pools if not pool.is_key))
        return self.value(condition, None).label.of_rows

    def shown_with_league(self, rows: Label) -> Label:
        """Clear what may be shown of those that are ranked in a league that is shown."""
        flags: dict[str, list[Item]] = {}
        for condition, right in self.joins:
            if right is None and condition["class"] == "COLUMN_REF":
                for flag in self.value(condition, None).mark.flags:
                    flags.setdefault(flag, []).extend(self.items_of(condition))
        if not {"league", "ranked"} <= set(flags):
            return rows
        shown = set()
        for item in flags["ranked"]:
            shown |= {self.same.find(subject) for subject in item.relation.rows.subjects}
            for column, value in item.relation.columns.items():
                if value.mark.is_league:
                    item.instead[column] = replace(
                        value, label=PUBLIC, mark=Mark(released=frozenset(["ranked"]))
                    )
        others = {
            self.same.find(subject)
            for item in self.items
            if item not in flags["ranked"]
            for subject in item.relation.rows.subjects
        }
        return Label(frozenset(map(self.same.find, rows.subjects)) - (shown - others), rows.pools)

    # ---- groups --------------------------------------------------------------------------------------

    def grouped(self, expressions: list[tuple[str, Node | None, Value]]) -> Group | None:
        node = self.node
        if len(node.get("group_sets") or []) > 1:
            raise Unreadable("several groupings in one select")
        keys: list[Node] = []
        for expression in node.get("group_expressions") or []:
            if expression["class"] == "CONSTANT":
                keys.append(expressions[int(expression["literal"]["text"]) - 1][1])
            else:
                keys.append(expression)
        chosen = [expression for _, expression, _ in expressions if expression is not None]
        aggregating = any(is_aggregate(part) for expression in chosen for part in walked(expression))
        if node.get("aggregate_handling") == "FORCE_AGGREGATES":
            keys = [e for e in chosen if not any(is_aggregate(part) for part in walked(e))]
        elif not keys and not aggregating and not node.get("having"):
            return None
        values = [self.value(key, None) for key in keys]
        # Grouped by a figure, the figure decides how many groups there are and what is in each.
        told = joined(value.label for value in values).pools
        self.rows |= Label(pools=frozenset(pool for pool in told if not pool.is_key))
        cell = frozenset(
            key["column_names"][-1].lower() if key["class"] == "COLUMN_REF" else self.alias_of(key)
            for key in keys
        )
        return Group([self.text(key) for key in keys], cell, self.kept(value.names for value in values))

    def alias_of(self, expression: Node) -> str:
        text = self.text(expression)
        return next((name for name, e in self.aliases.items() if self.text(e) == text), text)

    def kept(self, named: Iterable[Subject | None]) -> frozenset[Subject]:
        """Those subjects that a group still names: with a row its owner."""
        kept = {self.same.find(subject) for subject in named if subject is not None}
        rows = [subject for subject in kept if subject.kind == ROW]
        return frozenset(
            kept | {self.same.find(self.same.owners[row]) for row in rows if row in self.same.owners}
        )

    def pooled(self, label: Label, kept: frozenset[Subject], cell: frozenset[str], *, is_key: bool) -> Label:
        """The label of what is made of many rows: subjects that are not kept become a pool."""
        # What is made of a figure is a figure, also where rows are grouped by it.
        pools = {replace(pool, cell=cell, is_key=is_key and pool.is_key) for pool in label.pools}
        subjects = set()
        for subject in map(self.same.find, label.subjects):
            if subject in kept:
                subjects.add(subject)
                continue
            tellers = self.same.coverers(subject) & kept if subject.kind != PARTY else set()
            if tellers:
                subjects.add(min(tellers, key=lambda teller: (teller.kind != PARTY, teller.words)))
            else:
                pools.add(Pool(cell, is_key, f"{subject.words}, pooled in {self.where}"))
        return Label(frozenset(subjects), frozenset(pools), frozenset(map(self.same.find, label.named)))

    def keys(
        self, expressions: list[tuple[str, Node | None, Value]], group: Group | None
    ) -> list[frozenset[str]]:
        """The sets of columns that are unique in what the select gives."""
        names: dict[str, str] = {}
        for name, expression, _ in expressions:
            if expression is not None:
                names.setdefault(self.text(expression), name)
        if group is not None:
            return [frozenset(names[text] for text in group.texts)] if set(group.texts) <= set(names) else []
        if any(part["class"] == "FUNCTION" and part["function_name"] == "unnest"
               for _, e, _ in expressions if e is not None for part in walked(e)):  # fmt: skip
            return []
        if not self.items or not all(item.is_covered for item in self.items[1:]):
            return []
        first = self.items[0]
        found = []
        for key in first.relation.keys:
            texts = {column: self.column_text(first, column) for column in key - self.fixed(first)}
            if set(texts.values()) <= set(names):
                found.append(frozenset(names[text] for text in texts.values()))
        return found

    def fixed(self, item: Item) -> set[str]:
        """Columns of an item that a condition sets to a constant."""
        found = set()
        for condition in conjuncts(self.node.get("where_clause")):
            if condition["type"] == "COMPARE_EQUAL":
                for side, other in (
                    (condition["left"], condition["right"]),
                    (condition["right"], condition["left"]),
                ):
                    if side["class"] == "COLUMN_REF" and other["class"] == "CONSTANT":
                        place = self.place(side["column_names"])
                        if isinstance(place, tuple) and place[0] is item:
                            found.add(place[1])
        return found

    # ---- names -------------------------------------------------------------------------------------

    def listed(self, expression: Node) -> list[tuple[str, Node | None, Value]]:
        """The columns that an entry of the select list stands for: name, expression, value of a star."""
        if expression["class"] != "STAR":
            name = expression.get("alias") or (
                expression["column_names"][-1]
                if expression["class"] == "COLUMN_REF"
                else self.text(expression)
            )
            return [(name.lower(), expression, CONSTANT)]
        if expression.get("replace_list") or expression.get("columns") or expression.get("rename_list"):
            raise Unreadable("a star that renames or replaces")
        wanted = (expression.get("relation_name") or "").lower()
        without = {
            (name if isinstance(name, str) else name["column"]).lower()
            for name in expression.get("exclude_list") or []
        }
        found: list[tuple[str, Node | None, Value]] = []
        for item in self.items:
            if wanted in ("", item.alias):
                for column in item.relation.columns:
                    if column not in without:
                        reference = {
                            "class": "COLUMN_REF", "type": "COLUMN_REF", "column_names": [item.alias, column]
                        }  # fmt: skip
                        found.append((column, reference, CONSTANT))
        return found

    def place(self, names: list[str]) -> tuple[Item, str] | Select | None:
        """Where a name is of: an item and its column, an outer select, or nothing (a parameter, an alias)."""
        lowered = [name.lower() for name in names]
        for item in self.items:
            if len(lowered) > 1 and lowered[-2] == item.alias and lowered[-1] in item.relation.columns:
                return item, lowered[-1]
            if len(lowered) == 1 and lowered[0] in item.relation.columns:
                return item, lowered[0]
        if len(lowered) == 1 and lowered[0] in self.aliases:
            return None
        if self.outer is not None:
            return self.outer
        if len(lowered) == 1 and lowered[0] in parameters_in(self.node):
            return None
        raise Unreadable(f"no column {'.'.join(names)}")

    def column_text(self, item: Item, column: str) -> str:
        return f"{self.items.index(item)}:{column}"

    def text(self, expression: Node) -> str:
        """The same for expressions that say the same."""

        def plain(part: object) -> object:
            if isinstance(part, dict):
                if part.get("class") == "SUBQUERY":
                    return [str(id(part))]  # its names are its own
                if part.get("class") == "COLUMN_REF":
                    place = self.place(part["column_names"])
                    if isinstance(place, tuple):
                        return self.column_text(*place)
                    named = self.aliases.get(part["column_names"][0].lower())
                    return plain(named) if named is not None else part["column_names"]
                left_out = ("alias", "query_location", "query_location_length")
                return {key: plain(value) for key, value in part.items() if key not in left_out}
            if isinstance(part, list):
                return [plain(each) for each in part]
            return part

        shown = plain(expression)
        return shown if isinstance(shown, str) else json.dumps(shown, sort_keys=True)

    # ---- values ------------------------------------------------------------------------------------

    def value(self, expression: Node, group: Group | None) -> Value:
        """Say of an expression whose rows it hangs on."""
        kind = expression["class"]
        if group is not None and kind != "CONSTANT" and self.text(expression) in group.texts:
            key = self.value(expression, None)
            return replace(key, label=self.pooled(key.label, group.kept, group.cell, is_key=True))
        if kind == "CONSTANT":
            return CONSTANT
        if kind == "COLUMN_REF":
            return self.column(expression["column_names"], group)
        if kind == "CAST":
            return self.value(expression["child"], group)
        if kind == "CASE":
            return self.case(expression, group)
        if kind == "SUBQUERY":
            return self.subquery(expression, group)
        if kind == "WINDOW":
            return self.window(expression, group)
        if kind == "FUNCTION":
            return self.function(expression, group)
        if kind == "OPERATOR" and expression["type"] == "OPERATOR_COALESCE":
            return self.chosen([self.value(part, group) for part in expression["children"]])
        parts = [self.value(part, group) for part in operands(expression)]
        flags = frozenset[str]()
        if expression["type"] == "CONJUNCTION_AND":
            flags = frozenset(flag for part in parts for flag in part.mark.flags)
        # A flag that one figure or the other is withheld is such a flag.
        is_withheld = expression["type"] == "CONJUNCTION_OR" and all(part.mark.is_withheld for part in parts)
        return self.reckoned(parts, Mark(flags=flags, is_withheld=is_withheld))

    def reckoned(self, parts: list[Value], mark: Mark = NO_MARK) -> Value:
        """A value made of others: it hangs on all of their rows."""
        return Value(
            joined(part.label for part in parts), None, mark, all(part.is_constant for part in parts)
        )

    def chosen(self, parts: list[Value], conditions: Label = PUBLIC) -> Value:
        """One of some values: a key stays a key, and what a macro has made of each it has made of the one."""
        varying = [part for part in parts if not part.is_constant]
        if not varying:
            return Value(conditions, is_constant=conditions.is_clear)
        names = self.fresh([part.names for part in varying])
        label = joined(part.label for part in varying)
        if names is not None and names.kind == PARTY:
            gone = {self.same.find(part.names) for part in varying if part.names is not None}
            others = frozenset(subject for subject in label.named if self.same.find(subject) not in gone)
            label = replace(label, named=others | {names})
        marks = [part.mark for part in varying]
        mark = Mark(
            released=frozenset(name for each in marks for name in each.released),
            is_withheld=all(each.is_withheld for each in marks),
            flags=frozenset.intersection(*(each.flags for each in marks))
            if len(varying) == len(parts)
            else frozenset(),
            is_league=all(each.is_league for each in marks),
            counted=marks[0].counted if len(marks) == 1 else None,
            is_number=any(each.is_number for each in marks),
        )
        if len(varying) == 1 and conditions.is_clear:
            mark = replace(mark, flags=marks[0].flags)
        return Value(label | conditions, names, mark)

    def fresh(self, named: list[Subject | None]) -> Subject | None:
        """The subject of a column that takes its values from several."""
        if any(subject is None for subject in named):
            return None
        found = {self.same.find(subject) for subject in named if subject is not None}
        kinds = {subject.kind for subject in found}
        if len(kinds) != 1:
            return None
        if len(found) == 1:
            return found.pop()
        (kind,) = kinds
        new = Subject(kind, " or ".join(sorted({subject.words for subject in found})))
        if kind == PARTY:
            for thing in list(self.same.covers):
                if found & self.same.coverers(thing):
                    self.same.cover(thing, [new])
        else:
            self.same.cover(new, found)
            for subject in found:
                self.same.cover(subject, [new])
        return new

    def column(self, names: list[str], group: Group | None) -> Value:
        place = self.place(names)
        if isinstance(place, Select):
            return place.column(names, None)
        if place is None:
            expression = self.aliases.get(names[0].lower()) if len(names) == 1 else None
            return CONSTANT if expression is None else self.value(expression, group)
        item, column = place
        value = item.value(column)
        value = replace(value, label=self.same.label(value.label))
        if group is None:
            return value
        return replace(
            value, label=self.pooled(value.label, group.kept, group.cell, is_key=False), mark=NO_MARK
        )

    def case(self, expression: Node, group: Group | None) -> Value:
        conditions, parts = PUBLIC, []
        for check in expression["case_checks"]:
            when = self.value(check["when_expr"], group)
            then = self.value(check["then_expr"], group)
            if "league" in when.mark.flags and then.mark.is_league:
                # Of a party that is ranked in it anybody may be told; of another the party itself.
                is_ranked = "ranked" in when.mark.flags
                label = PUBLIC if is_ranked else replace(then.label, pools=frozenset())
                then = replace(then, label=label, mark=Mark(released=frozenset(["ranked"])))
                when = replace(when, label=PUBLIC) if is_ranked else when
            conditions |= when.label.of_rows
            parts.append(then)
        parts.append(self.value(expression["else_expr"], group))
        return self.chosen(parts, conditions)

    def subquery(self, expression: Node, group: Group | None) -> Value:
        inner = relation_of(
            expression["subquery"]["node"], self.tables, self.declared, f"{self.where}.subquery", self
        )
        label = inner.rows
        if expression["subquery_type"] not in ("EXISTS", "NOT_EXISTS"):
            label |= joined(value.label for value in inner.columns.values())
        if expression["subquery_type"] == "ANY":
            label |= self.value(expression["child"], group).label
        for thing, coverers in inner.covers.items():
            self.same.cover(thing, coverers)
        return Value(self.same.label(label))

    def window(self, expression: Node, group: Group | None) -> Value:
        name = expression["function_name"].lower()
        partitions = [self.value(part, group) for part in expression.get("partitions") or []]
        kept = self.kept(part.names for part in partitions)
        cell = frozenset(
            part["column_names"][-1].lower() if part["class"] == "COLUMN_REF" else self.text(part)
            for part in expression.get("partitions") or []
        )
        if name == "row_number" and not partitions and not orders(expression):
            return self.numbered()
        given = [self.value(part, group) for part in arguments(expression)]
        told = joined(value.label for value in given) | self.rows
        told |= joined(self.value(part, group).label.of_rows for part in operands(expression))
        label = self.pooled(told, kept, cell, is_key=False)
        return self.one_of_many(name, label, given)

    def one_of_many(self, name: str, label: Label, given: list[Value]) -> Value:
        """The value of an aggregate or window: one that only chooses gives a key for a key."""
        if name not in CHOOSING or not given or given[0].names is None:
            return Value(label)
        names = self.another(given[0].names)
        if names.kind == PARTY:
            label = replace(label, named=frozenset([names]))
        return Value(label, names)

    def numbered(self) -> Value:
        """A number for each row in no order: it tells a row from the others, and with it whose the row is."""
        row = Subject(ROW, f"a row of {self.where}")
        parties = [subject for subject in self.rows.subjects if subject.kind == PARTY]
        if len(parties) == 1:
            self.same.owners[row] = parties[0]
        return Value(self.rows, row, Mark(is_number=True))

    def another(self, subject: Subject) -> Subject:
        """One of many: of the same kind, and told to the same."""
        root = self.same.find(subject)
        new = Subject(root.kind, root.words)
        if root.kind == PARTY:
            for thing in list(self.same.covers):
                if root in self.same.coverers(thing):
                    self.same.cover(thing, [new])
        elif root.kind in (THING, CODE):
            self.same.cover(new, [root, *self.same.coverers(root)])
            self.same.cover(root, [new])
        return new

    def function(self, expression: Node, group: Group | None) -> Value:
        name = expression["function_name"].lower()
        if is_aggregate(expression):
            return self.aggregate(expression, group)
        if name.startswith("gate_"):
            return self.macro(name, expression, group)
        parts = [self.value(part, group) for part in operands(expression)]
        if name == "unnest":
            self.rows |= joined(part.label for part in parts)
        return self.reckoned(parts)

    def aggregate(self, expression: Node, group: Group | None) -> Value:
        if group is None:
            raise Unreadable("an aggregate where none can stand")
        name = expression["function_name"].lower()
        given = [self.value(part, None) for part in arguments(expression)]
        told = joined(value.label for value in given) | self.rows
        told |= joined(self.value(part, None).label.of_rows for part in operands(expression))
        if name.startswith("count"):
            told = told.of_rows
        found = self.one_of_many(name, self.pooled(told, group.kept, group.cell, is_key=False), given)
        if name == "gate_counted":
            pool, part = (argument["literal"]["text"] for argument in arguments(expression)[1:3])
            return replace(found, mark=Mark(counted=(pool, part)))
        if name == "gate_ranked_parties":
            return replace(found, mark=Mark(is_league=True))
        # A flag that one of some figures or each is withheld is such a flag.
        if name in ("bool_and", "bool_or") and all(value.mark.is_withheld for value in given):
            return replace(found, mark=Mark(is_withheld=True))
        return found

    # ---- macros of disclosure control ----------------------------------------------------------------

    def macro(self, name: str, expression: Node, group: Group | None) -> Value:
        parts = [self.value(part, group) for part in arguments(expression)]
        if name in ("gate_league_rate", "gate_league_rank"):
            return self.reckoned(parts, Mark(is_league=True))
        if name == "gate_is_ranked":
            return self.reckoned(parts, Mark(flags=frozenset(["ranked"])))
        # The last four are the counts of the pool.
        figure, counts = parts[:-4], parts[-4:]
        counted = [part.mark.counted for part in counts]
        pools = {found[0] for found in counted if found is not None}
        if len(pools) != 1 or [found and found[1] for found in counted] != list(COUNTED_PARTS):
            words = f"judged by counts that disclosure_pool has not made, in {self.where}"
            label = joined(part.label for part in parts)
            return Value(replace(label, pools=label.pools | {Pool(frozenset(), False, words)}))
        cells = {pool.cell for part in counts for pool in part.label.pools}
        if name == "gate_is_league_shown":
            return Value(mark=Mark(flags=frozenset(["league"])))
        # That a figure is withheld tells nothing of it; what else allows it, hangs on what it hangs on.
        label = joined(part.label for part in (figure[1:] if name == "gate_is_share_withheld" else figure))
        left = frozenset(pool for pool in label.pools if pool.cell not in cells)
        if name in ("gate_is_withheld", "gate_is_share_withheld"):
            return Value(replace(label, pools=left), mark=Mark(is_withheld=True))
        released = {name for part in figure for name in part.mark.released}
        if name != "gate_rounded":
            released |= pools
        return Value(replace(label, pools=left), mark=Mark(released=frozenset(released)))


def relation_of(
    node: Node, tables: Lookup, declared: Declared, where: str, outer: Select | None = None
) -> Relation:
    """Give what a query returns.

    Parameters:
        node: the query as `syntax.parsed` gives it.
        tables: gives the relation that a name stands for.
        declared: what is declared of a query by its name, `model.cte`.
        where: the name of the query.
        outer: the select in which it stands, for a subquery that reads its columns.

    Raises:
        Unreadable: it has something of which the analysis does not know what it means.
    """
    found: dict[str, Relation] = {}

    def known(name: str) -> Relation:
        return found[name] if name in found else tables(name)

    for entry in (node.get("cte_map") or {}).get("map") or []:
        value = entry["value"]
        inner = value.get("query_node") or value["query"]["node"]
        name = f"{where.split('.')[0]}.{entry['key'].lower()}"
        relation = relation_of(inner, known, declared, name)
        if value.get("aliases"):
            names = dict(zip(list(relation.columns), value["aliases"], strict=True))
            relation.columns = {names[old]: column for old, column in relation.columns.items()}
            relation.keys = []
        found[entry["key"].lower()] = declared(name, relation)
    if node["type"] == "SELECT_NODE":
        return Select(node, known, declared, where, outer).relation()
    if node["type"] == "SET_OPERATION_NODE":
        branches = node.get("children") or [node["left"], node["right"]]
        relations = [relation_of(branch, known, declared, where, outer) for branch in branches]
        if node["setop_type"] not in ("UNION",):
            raise Unreadable(f"a {node['setop_type'].lower()} of two queries")
        return united(relations, where, is_distinct=not node.get("setop_all"))
    raise Unreadable(f"a query of the kind {node['type']}")
