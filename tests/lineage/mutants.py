"""Ways round the macros of disclosure control, made from the project's own SQL: the gate has to find each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from mutation.operators import arguments_of

from lineage.gate import MARKERS, Lineage, Texts
from lineage.subjects import PARTY, Relation

MARTS = "models/marts/"
MACROS = "macros/marts/"
# The macros for which a marker stands: what is in them, the gate does not see.
MARKED = re.findall(r"\{% macro (\w+)\(", MARKERS.read_text(encoding="utf-8"))
# A column with its relation, which a macro may take as an argument.
RELATION = r"(?:\{\{ \w+ \}\}|\w+)\."
# A macro, and what somebody would write who leaves it out.
LEFT_OUT: dict[str, Callable[..., str]] = {
    "released_share": lambda part, pool, *more: f"share({part}, {pool} ~ '_row_count', 3)",
    "released": lambda figure, pool, *more: f"({figure})",
    "released_extreme": lambda figure, pool, *more: f"({figure})",
    "released_part": lambda part, whole, rest: f"share({part} ~ '_row_count', {whole} ~ '_row_count', 3)",
    "is_withheld": lambda pool, *more: f"({pool} ~ '_group_count < 5')",
    "is_share_withheld": lambda part, pool, *more: f"({pool} ~ '_group_count < 5')",
    "is_part_withheld": lambda part, whole: f"({part} ~ '_group_count < 5')",
    "is_league_shown": lambda part, pool, groups: f"({groups} ~ ' > 2')",
    "league_rate": lambda part, whole, groups: f"share({part}, {whole}, 3)",
    "league_rank": lambda cell, rate: (
        f"('rank() over (partition by ' ~ ({cell})[0] ~ ' order by ' ~ {rate} ~ ')')"
    ),
    "league_rank_last": lambda cell, rate: (
        f"('count(*) over (partition by ' ~ ({cell})[0] ~ ' order by ' ~ {rate} ~ ')')"
    ),
    "ranked_parties": lambda: "'count(*)'",
    "disclosure_pool": lambda rows, pool: (
        f"('count(*) as ' ~ {pool} ~ '_group_count, sum(' ~ {rows} ~ ') as ' ~ {pool} ~ '_row_count, max('"
        f" ~ {rows} ~ ') as ' ~ {pool} ~ '_largest_count, min(' ~ {rows} ~ ') as ' ~ {pool}"
        " ~ '_second_largest_count')"
    ),
}
# Where the counts of a pool only decide whether figures are shown, or how finely: no figure is among them.
# Whether the decision is right, test_disclosure.py sees.
DECIDING = ("parts_held_back", "int_r2__industry_steps.sql")
# What a mart could add of a pool that is joined by its cell: `{count}` and `{other}` are raw counts of it.
ADDED = {
    "renamed": "pool.{count} as market_figure",
    "cast": "cast(pool.{count} as varchar) as market_figure",
    "a sum of two": "pool.{count} + pool.{other} as market_figure",
    "own beside it": "final.{own} - pool.{count} as market_figure",
    "a rate of two": "cast(pool.{count} as double) / nullif(pool.{other}, 0) as market_figure",
    "rounded": "round(pool.{count}, -2) as market_figure",
    "whether there are many": "case when pool.{count} > 10 then 'many' else 'few' end as market_figure",
    "own, where there are many": "case when pool.{count} > 10 then final.{own} end as market_figure",
    "a sum over a window": "sum(pool.{count}) over (partition by final.party_id) as market_figure",
    "the largest": "max(pool.{count}) over () as market_figure",
    "a place": "rank() over (partition by final.party_id order by pool.{count}) as market_figure",
    "with a default": "coalesce(pool.{count}, 0) as market_figure",
    "every column": "pool.* exclude (role)",
}


@dataclass(frozen=True)
class Mutant:
    """The project with one way round the macros.

    Parameters:
        kind: what was done.
        way: what was done, and where.
        sql: the files that are other, or new, by path.
        marts: those of which one has to be named; empty for any.
    """

    kind: str
    way: str
    sql: dict[str, str]
    marts: frozenset[str] = frozenset()

    def texts(self, texts: Texts) -> Texts:
        """The project's texts with this way round."""
        return replace(texts, sql={**texts.sql, **self.sql})


def mutants(lineage: Lineage) -> Iterator[Mutant]:
    """All of them, in the order of the files."""
    texts = lineage.texts
    keys = sorted(
        {
            name
            for relation in lineage.relations.values()
            for name, value in relation.columns.items()
            if value.names is not None and value.names.kind == PARTY
        }
    )
    models = [lineage.paths[name] for name in lineage.reads if name in lineage.paths]
    called = {name for model in models for name in re.findall(r"\b(\w+)\(", texts.sql[model])}
    macros = [
        file
        for file, text in texts.sql.items()
        if file.startswith(MACROS) and called & set(re.findall(r"\{% macro (\w+)\(", text))
    ]
    for file in sorted((*models, *macros)):
        if file.startswith((MARTS, MACROS)):
            text = texts.sql[file]
            yield from without_macros(file, text)
            yield from without_flags(file, text)
            yield from without_parties(file, text, keys)
    yield from with_pools(lineage)
    yield from with_others(lineage)


def calls(text: str, macro: str) -> Iterator[tuple[int, int, list[str]]]:
    """Where a macro is called: begin, end and arguments."""
    for found in re.finditer(rf"(?<![\w.])(?<!macro ){macro}\(", text):
        end, arguments = arguments_of(text, found.end() - 1)
        yield found.start(), end, arguments


def in_words(file: str, text: str, at: int) -> str:
    """A place in a file."""
    return f"{file.rsplit('/', 1)[1]}:{text.count(chr(10), 0, at) + 1}"


def standing_in(text: str, at: int) -> str:
    """The macro that a place stands in, or nothing."""
    found = re.findall(r"\{% macro (\w+)\(", text[: at + 1])
    return found[-1] if found else ""


def is_said(text: str, at: int) -> bool:
    """True where a place is no comment."""
    return text.rfind("{#", 0, at) <= text.rfind("#}", 0, at)


def without_macros(file: str, text: str) -> Iterator[Mutant]:
    """Leave out each call of a macro."""
    for macro, instead in LEFT_OUT.items():
        for begin, end, arguments in calls(text, macro):
            place = standing_in(text, begin) or file.rsplit("/", 1)[1]
            if place in MARKED or (macro == "disclosure_pool" and place in DECIDING):
                continue
            changed = text[:begin] + instead(*arguments) + text[end:]
            yield Mutant(f"without {macro}", f"{in_words(file, text, begin)} ({begin})", {file: changed})


def without_flags(file: str, text: str) -> Iterator[Mutant]:
    """Do not ask whether a league is shown, or a party ranked in it."""
    for found in re.finditer(rf"(?<!as )(?<!['\w.])(?:{RELATION})?(?:is_shown|is_ranked)\b(?!\()", text):
        line = text[text.rfind("\n", 0, found.start()) + 1 : text.find("\n", found.end())]
        # That a party is ranked matters where rows of others are shown.
        words = r"\bwhere\b" if found.group().endswith("is_ranked") else r"\b(?:when|where|and)\b"
        if re.search(words, line) and is_said(text, found.start()):
            changed = text[: found.start()] + "true" + text[found.end() :]
            way = f"{in_words(file, text, found.start())} {found.group()}"
            yield Mutant("without a flag of the league", way, {file: changed})


def without_parties(file: str, text: str, keys: list[str]) -> Iterator[Mutant]:
    """Join or count without the party. (The register of parties is known to all.)"""
    key = f"(?:{'|'.join(keys)})"
    register = re.findall(r"(\w+) as \((?:(?!\n\),).)*?ref\('dim_parties'\)", text, re.DOTALL)
    for found in re.finditer(rf"({RELATION}){key} = ({RELATION}){key}\b", text):
        if {found[1], found[2]} & {f"{name}." for name in register}:
            continue
        changed = text[: found.start()] + "true" + text[found.end() :]
        yield Mutant("joined without the party", in_words(file, text, found.start()), {file: changed})
    for found in re.finditer(rf"(partition by )(?:{RELATION})?{key}, ", text):
        changed = text[: found.start()] + found[1] + text[found.end() :]
        yield Mutant("counted over all parties", in_words(file, text, found.start()), {file: changed})


def counts_of(relation: Relation) -> list[str]:
    """The raw counts of a pool."""
    return [
        name
        for name, value in relation.columns.items()
        if value.label.pools and not all(pool.is_key for pool in value.label.pools)
    ]


def appended(text: str, ending: str) -> str:
    """A model with another last select."""
    head, found, tail = text.rpartition("select * from final")
    assert found, "a model ends in `select * from final`"
    return head + ending + re.sub(r"^\norder by.*", "", tail, flags=re.DOTALL) + "\n"


def with_pools(lineage: Lineage) -> Iterator[Mutant]:
    """Add a raw pool to each mart that reads one, in each way."""
    for published in lineage.texts.published:
        mart, file = published.mart, lineage.paths[published.mart]
        text, columns = lineage.texts.sql[file], lineage.relation(published.mart).columns
        own = [
            name for name in columns if published.columns[name].unit and not published.columns[name].industry
        ]
        for pool in sorted(lineage.reads[mart]):
            relation = lineage.relation(pool)
            counts = counts_of(relation)
            shared = [name for name in relation.columns if name in columns and name not in (*counts, *own)]
            if len(counts) < 2 or "role" not in shared or not own:
                continue
            words = {"count": counts[0], "other": counts[1], "own": own[-1]}
            on = " and ".join(f"final.{name} = pool.{name}" for name in shared)
            add = partial(added, file, text, f"{mart} with {pool}", frozenset([mart]))
            read = f"{{{{ ref('{pool}') }}}} as pool"
            for name, expression in ADDED.items():
                shown = expression.format(**words)
                yield add(name, f"select final.*, {shown} from final left join {read} on {on}")
            raw = f"pool.{words['count']}"
            yield add("a filter", f"select final.* from final inner join {read} on {on} where {raw} > 10")
            yield add(
                "a join on it",
                f"select final.* from final inner join {read} on {on} and {raw} = final.{own[-1]}",
            )
            yield add(
                "a filter before a join",
                "select final.* from final"
                f" inner join (select * from {read} where {raw} > 10) as pool on {on}",
            )
            yield add(
                "whether it was found",
                "select final.*, many.is_large from final"
                f" left join (select {', '.join('pool.' + n for n in shared)},"
                f" true as is_large from {read} where {raw} > 10) as many on {on.replace('pool.', 'many.')}",
            )
            yield add(
                "a scalar subquery",
                f"select final.*, (select sum({raw}) from {read} where {on}) as market_figure from final",
            )
            yield add(
                "exists",
                f"select final.*, exists (select 1 from {read} where {on} and {raw} > 10) as market_figure"
                " from final",
            )
            yield add(
                "the cells that others have",
                f"select final.*, pool.{shared[-1]} as market_cell from final inner join {read}"
                " on final.role = pool.role",
            )
            yield add(
                "a union",
                f"select final.*, final.{own[-1]} as market_figure from final union all"
                f" select final.*, {raw} as market_figure from final inner join {read} on {on}",
            )
            new = {
                f"{MARTS}int_new__kept.sql": f"select * from {{{{ ref('{pool}') }}}}\n",
                f"{MARTS}int_new__named.sql": (
                    f"with kept as (select * from {{{{ ref('int_new__kept') }}}}), final as (select kept.*,"
                    f" {words['count']} as peers from kept) select * from final\n"
                ),
            }
            yield add(
                "by new models",
                "select final.*, pool.peers as market_figure from final"
                f" left join {{{{ ref('int_new__named') }}}} as pool on {on}",
                new,
            )
            released = re.search(r"released(?:_share|_extreme)?\(", text)
            if released:
                begin, end, _ = next(
                    call for call in calls(text, released.group()[:-1]) if call[0] == released.start()
                )
                count = f"{pool_alias(text, pool)}.{words['count']}"
                half = f"('coalesce(' ~ {text[begin:end]} ~ ', 0 + {count})')"
                changed = text[:begin] + half + text[end:]
                yield Mutant(
                    "a pool, half released", f"{mart} with {pool}", {file: changed}, frozenset([mart])
                )


def added(
    file: str,
    text: str,
    way: str,
    marts: frozenset[str],
    name: str,
    ending: str,
    more: dict[str, str] | None = None,
) -> Mutant:
    """A mart with something more of a pool."""
    return Mutant(f"a pool, {name}", way, {file: appended(text, ending), **(more or {})}, marts)


def pool_alias(text: str, pool: str) -> str:
    """The name by which a mart reads a pool."""
    found = re.search(rf"(\w+) as \(\s*select \* from \{{\{{ ref\('{pool}'\) \}}\}}", text)
    assert found, f"{pool} is imported as a whole"
    return found[1]


def with_others(lineage: Lineage) -> Iterator[Mutant]:
    """Add another party's own figure to each mart, or count the parties."""
    for published in lineage.texts.published:
        mart, file = published.mart, lineage.paths[published.mart]
        text = lineage.texts.sql[file]
        for model in sorted(lineage.reads[mart]):
            relation = lineage.relation(model)
            keys = [n for n, v in relation.columns.items() if v.names is not None and v.names.kind == PARTY]
            plain = [
                name
                for name, value in relation.columns.items()
                if value.label.subjects and not value.label.pools and value.names is None
            ]
            if model in lineage.marts or not keys or not plain or not relation.rows.subjects:
                continue
            shared = [n for n in relation.columns if n in lineage.relation(mart).columns and n in plain]
            on = " and ".join(f"final.{name} = other.{name}" for name in shared) or "true"
            read, only = f"{{{{ ref('{model}') }}}} as other", frozenset([mart])
            for name, ending in {
                "another party's": (
                    f"select final.*, other.{plain[-1]} as peer_figure from final left join {read} on {on}"
                ),
                "how many parties": (
                    "select final.*, counted.peers from final"
                    f" cross join (select count(distinct {keys[0]}) as peers from {read}) as counted"
                ),
                "all of them": (
                    f"select final.*, (select max(other.{plain[-1]}) from {read}) as peak from final"
                ),
                "how many rows": (
                    f"select final.*, (select count(*) from {read} where {on}) as peers from final"
                ),
            }.items():
                yield Mutant(f"others, {name}", f"{mart} with {model}", {file: appended(text, ending)}, only)
