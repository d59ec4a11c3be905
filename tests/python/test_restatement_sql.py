"""The SQL of a restatement on a few rows: what has changed, and what stays as published.

The macros are rendered without dbt and run in DuckDB; test_restatement.py runs them in whole months.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
MACROS = ("engine/expressions", "staging/register_history", "marts/disclosure", "marts/restatement")

FILE = {
    "name": "file_csv",
    "report": "inventory",
    "relation": "mart",
    "types": {
        "party_id": "varchar",
        "role": "varchar",
        "model": "varchar",
        "version": "varchar",
        "own_count": "bigint",
        "share": "decimal(6, 3)",
        "own_place": "bigint",
        "is_held": "boolean",
    },
    "cell": ["model", "version"],
    "own": ["own_count"],
    "figures": ["share"],
    "places": ["own_place"],
    "flag": "is_held",
    "league": None,
    "rest_row": {},
}
WITH_REST = FILE | {"rest_row": {"version": "All other", "own_count": 0}, "places": []}
LEAGUE = FILE | {
    "types": {
        "party_id": "varchar",
        "role": "varchar",
        "model": "varchar",
        "place": "bigint",
        "rate": "decimal(6, 3)",
        "is_recipient": "boolean",
    },
    "cell": ["model"],
    "own": [],
    "figures": ["rate"],
    "places": ["place"],
    "flag": None,
    "league": "is_recipient",
}


class Adapter:
    @staticmethod
    def quote(name):
        return f'"{name}"'

    def dispatch(self, macro):
        return self.macros[f"duckdb__{macro}"]


@pytest.fixture(scope="module")
def macros():
    adapter = Adapter()
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
    environment.globals |= {"adapter": adapter}
    texts = [(REPOSITORY / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in MACROS]
    # Of one module, so that a macro finds the others.
    module = environment.from_string("\n".join(texts)).make_module()
    adapter.macros = vars(module)
    return module


def table(connection, name, types, rows):
    connection.execute(f"create or replace table {name} ({', '.join(f'{c} {t}' for c, t in types.items())})")
    for row in rows:
        marks = ", ".join("?" for _ in row)
        connection.execute(f"insert into {name} ({', '.join(row)}) values ({marks})", list(row.values()))


def run(sql, file, reckoned, published, columns=None):
    """Rows of a select over a mart and what was published of it, all text; columns: those that were."""
    names = columns or list(file["types"])
    with duckdb.connect() as connection:
        connection.execute("create schema history")
        table(connection, "mart", file["types"], reckoned)
        shown = [
            {
                name: None if row.get(name) is None else str(row[name]).replace("True", "true")
                for name in names
            }
            for row in published
        ]
        shown = [{k: v.replace("False", "false") if v else v for k, v in row.items()} for row in shown]
        table(connection, f'history."{file["name"]}"', dict.fromkeys(names, "varchar"), shown)
        connection.execute("create table published as select 'inventory' as report, 'IS' as role")
        result = connection.execute(sql)
        header = [column[0] for column in result.description]
        return [dict(zip(header, row, strict=True)) for row in result.fetchall()]


def kept(macros, file, reckoned, published, columns=None):
    names = columns or list(file["types"])
    sql = macros.kept_league(file, names) if file["league"] else macros.kept_figures(file, names)
    rows = run(sql, file, reckoned, published, columns)
    return sorted(rows, key=lambda row: [(value is None, str(value)) for value in row.values()])


def changed(macros, file, reckoned, published, columns=None):
    sql = macros.changed_recipients_of(file, columns or list(file["types"]))
    return sorted(row["party_id"] for row in run(sql, file, reckoned, published, columns))


def now(party="A", model="M", version="1", own=4, share=0.9, place=2, held=False, role="IS"):
    values = (party, role, model, version, own, share, place, held)
    return dict(zip(FILE["types"], values, strict=True))


def figures(rows):
    """(party, version): share, place, flag."""
    return {
        (row["party_id"], row["version"]): (
            None if row["share"] is None else float(row["share"]),
            row["own_place"],
            row["is_held"],
        )
        for row in rows
    }


def test_a_cell_shows_what_was_published_to_everybody_and_places_to_whom_they_were(macros):
    published = [now("A", share=0.5, place=3), now("C", share=0.5, place=1)]
    shown = figures(kept(macros, FILE, [now("A"), now("B", place=1), now("A", version="2")], published))
    assert shown[("A", "1")] == (0.5, 3, False)
    # New to the cell: the industry as others were shown it, without a place.
    assert shown[("B", "1")] == (0.5, None, False)
    # A cell that nobody was shown.
    assert shown[("A", "2")] == (None, None, True)


def test_what_was_withheld_stays_withheld_and_own_figures_are_as_they_are(macros):
    rows = kept(macros, FILE, [now(own=7)], [now(own=4, share=None, held=True)])
    assert figures(rows) == {("A", "1"): (None, 2, True)} and rows[0]["own_count"] == 7


def test_of_another_role_nothing_is_taken(macros):
    assert figures(kept(macros, FILE, [now()], [now(role="GS")])) == {("A", "1"): (None, None, True)}


def test_a_figure_that_was_not_published_then_is_withheld_and_one_that_is_no_longer_is_left_out(macros):
    columns = [name for name in FILE["types"] if name != "share"] + ["gone"]
    assert figures(kept(macros, FILE, [now()], [now()], columns)) == {("A", "1"): (None, 2, True)}
    # Nothing to withhold: the figure would be empty now, too.
    assert figures(kept(macros, FILE, [now(share=None)], [now()], columns)) == {("A", "1"): (None, 2, False)}


def test_a_cell_that_has_gained_a_dimension_is_new_and_one_that_lost_it_takes_neither_of_two_figures(macros):
    columns = [name for name in FILE["types"] if name != "version"]
    assert figures(kept(macros, FILE, [now()], [now()], columns)) == {("A", "1"): (None, None, True)}
    coarser = FILE | {"cell": ["model"]}
    two = [now("B", version="1", share=0.1), now("C", version="2", share=0.2)]
    assert figures(kept(macros, coarser, [now()], two)) == {("A", "1"): (None, None, True)}


def test_texts_are_found_behind_the_apostrophe_of_a_file_and_nulls_are_values(macros):
    reckoned = [now(version="=1"), now(version=None)]
    published = [now(version="'=1", share=0.25), now(version=None, share=0.75)]
    shown = figures(kept(macros, FILE, reckoned, published))
    assert {key: value[0] for key, value in shown.items()} == {("A", "=1"): 0.25, ("A", None): 0.75}


def rest(party="A", share=0.3, held=False):
    return now(party, version="All other", own=0, share=share, place=None, held=held)


def test_the_rest_is_as_published_where_its_parts_are_and_else_of_what_stays(macros):
    parts = [now("A", version="1", place=None), now("A", version="2", place=None)]
    published = [now("A", version="1", share=0.5), now("A", version="2", share=0.2), rest(share=0.25)]
    shown = figures(kept(macros, WITH_REST, [*parts, rest()], published))
    assert shown[("A", "All other")] == (0.25, None, False)
    # One version is gone: the rest is all but the other.
    shown = figures(kept(macros, WITH_REST, [parts[0], rest()], published))
    assert shown[("A", "All other")] == (0.5, None, False)
    # One is new, which nobody was shown.
    shown = figures(kept(macros, WITH_REST, [*parts, now(version="3"), rest()], published))
    assert shown[("A", "All other")] == (0.3, None, False)
    # As many versions as then, and other ones.
    other = [parts[0], now(version="3")]
    shown = figures(kept(macros, WITH_REST, [*other, rest()], published))
    assert shown[("A", "All other")] == (0.5, None, False)
    # Nothing is shown of any version: nor of the rest.
    shown = figures(kept(macros, WITH_REST, [now(version="3"), rest()], published))
    assert shown[("A", "All other")] == (None, None, True)
    # Rounded shares above 1 in sum leave nothing; the third version is withheld.
    above = [now("A", version="1", share=0.6), now("A", version="2", share=0.6)]
    shown = figures(kept(macros, WITH_REST, [*parts, now(version="3")], above))
    assert shown[("A", "All other")] == (0.0, None, False)
    assert shown[("A", "3")] == (None, 2, True)


@pytest.mark.parametrize("today", [[], [rest(share=0.1)]], ids=["without a rest today", "with one today"])
def test_there_is_a_rest_where_there_was_one_or_where_what_stays_leaves_one(macros, today):
    """Whether others have more versions today, or a version passes today, is not to be told."""
    parts = [now("A", version="1", place=None), now("A", version="2", place=None)]

    def rests(published, reckoned=parts):
        found = [
            row for row in kept(macros, WITH_REST, [*reckoned, *today], published) if not row["own_count"]
        ]
        return [(row["model"], float(row["share"]), row["is_held"]) for row in found]

    held = [now("A", version="1", share=0.6), now("A", version="2", share=None, held=True), rest(share=0.4)]
    assert rests(held) == [("M", 0.4, False)]
    all_shown = [now("A", version="1", share=0.6), now("A", version="2", share=0.4)]
    assert rests(all_shown) == []
    # A version is gone or new: nothing is left of shares that add up to 1, and else there is something.
    assert rests(all_shown, parts[:1]) == [("M", 0.4, False)]
    assert rests([*all_shown, now("B", version="3", share=0)], [*parts, now("A", version="3")]) == []
    assert rests(all_shown, [*parts, now("A", version="3")]) == [("M", 0.0, False)]


def test_a_version_that_is_called_like_the_rest_is_a_version(macros):
    real = now(version="All other", own=3, place=None)
    shown = kept(macros, WITH_REST, [real, rest()], [real | {"share": 0.4}, rest(share=0.6)])
    assert sorted((row["own_count"], float(row["share"])) for row in shown) == [(0, 0.6), (3, 0.4)]


def place(party, rank, rate, own=False, model="M", role="IS"):
    return dict(zip(LEAGUE["types"], (party, role, model, rank, rate, own), strict=True))


def league(rows, party):
    return [
        (row["place"], float(row["rate"]), row["is_recipient"]) for row in rows if row["party_id"] == party
    ]


def test_a_league_is_what_the_recipient_was_shown(macros):
    reckoned = [place("A", 1, 0.95, own=True), place("A", 2, 0.9)]
    published = [place("A", 2, 0.8, own=True), place("A", 1, 0.85), place("A", 3, 0.7)]
    rows = kept(macros, LEAGUE, reckoned, published)
    assert sorted(league(rows, "A")) == [(1, 0.85, False), (2, 0.8, True), (3, 0.7, False)]


def test_who_is_new_to_a_league_has_its_own_row_without_a_place_and_the_peers_of_then(macros):
    published = [
        place("A", 2, 0.8, own=True),
        place("A", 1, 0.85),
        place("A", None, 0.1, own=True, model="X"),
    ]
    reckoned = [place("B", 1, 0.95, own=True), place("B", 2, 0.9), place("B", 1, 0.5, own=True, model="N")]
    rows = kept(macros, LEAGUE, reckoned, published)
    found = sorted(league([row for row in rows if row["model"] == "M"], "B"), key=str)
    assert found == [(1, 0.85, False), (2, 0.8, False), (None, 0.95, True)]
    # Of a league that nobody was shown there is the own row.
    assert league([row for row in rows if row["model"] == "N"], "B") == [(None, 0.5, True)]


def test_a_recipient_has_changed_where_an_own_figure_moved_came_or_went(macros):
    published = [now("A"), now("B"), now("C"), now("C", version="2"), now("D")]
    reckoned = [now("A"), now("B", own=5), now("C"), now("D"), now("D", version="3"), now("E")]
    assert changed(macros, FILE, reckoned, published) == ["B", "C", "D", "E"]


def test_nobody_has_changed_where_the_industry_alone_or_the_columns_did(macros):
    assert changed(macros, FILE, [now(share=0.1, place=9, held=True)], [now()]) == []
    columns = [name for name in FILE["types"] if name != "own_count"]
    assert changed(macros, FILE, [now(own=9)], [now()], columns) == []
    assert changed(macros, FILE, [now()], [now()], [*FILE["types"], "gone"]) == []


def test_rest_rows_are_of_others(macros):
    assert changed(macros, WITH_REST, [now(), rest()], [now()]) == []
    assert changed(macros, WITH_REST, [now()], [now(), rest()]) == []
    assert changed(macros, WITH_REST, [now(), now(version="All other", own=3)], [now()]) == ["A"]


def test_of_a_league_the_own_rows_tell(macros):
    reckoned = [place("A", 1, 0.9, own=True), place("B", 2, 0.8, own=True), place("A", 2, 0.8)]
    assert changed(macros, LEAGUE, reckoned, [place("A", 3, 0.1, own=True)]) == ["B"]


def test_a_text_behind_an_apostrophe_is_the_same(macros):
    assert changed(macros, FILE, [now(version="+1")], [now(version="'+1")]) == []


# ---- the industry's report --------------------------------------------------------------------------------

OF_REPORT = {
    "name": "measures_csv",
    "path": "measures.csv",
    "relation": "mart",
    "types": {
        "reporting_month": "varchar",
        "measure_id": "varchar",
        "subject": "varchar",
        "value": "varchar",
        "asked": "boolean",
    },
    "cell": ["measure_id", "subject"],
    "keeps": "measure_id <> 'SA1'",
    "keeps_columns": [],
    "keeps_with_report": None,
    "rests_on": ["measure_id"],
}


def figure(measure_id, value, subject=None, asked=False):
    return dict(zip(OF_REPORT["types"], ("2026-10", measure_id, subject, value, asked), strict=True))


def kept_report(macros, file, reckoned, published, columns=None, stays="true"):
    """(measure, subject): value and flag, of the rows as they stay."""
    names = columns or list(file["types"])
    rows = run(macros.kept_report_rows(file, names, stays), file, reckoned, published, columns)
    assert all(list(row) == list(file["types"]) for row in rows)
    assert len({(row["measure_id"], row["subject"]) for row in rows}) == len(rows)
    return {(row["measure_id"], row["subject"]): (row["value"], row["asked"]) for row in rows}


def test_rows_of_the_report_stay_as_published_but_those_that_rest_on_no_party(macros):
    reckoned = [figure("PP1", "0.980000"), figure("SA1", "0.999000"), figure("NEW", "1")]
    published = [figure("PP1", "0.990000", asked=True), figure("SA1", "1.000000"), figure("GONE", "7")]
    assert kept_report(macros, OF_REPORT, reckoned, published) == {
        ("PP1", None): ("0.990000", True),
        ("SA1", None): ("0.999000", False),
        ("GONE", None): ("7", False),
    }


def test_a_file_of_the_report_that_was_not_published_shows_none_of_what_it_would_keep(macros):
    reckoned = [figure("PP1", "0.980000"), figure("SA1", "0.999000")]
    assert kept_report(macros, OF_REPORT, reckoned, []) == {("SA1", None): ("0.999000", False)}


def test_a_column_of_the_report_that_was_not_published_is_empty_in_what_stays(macros):
    columns = [name for name in OF_REPORT["types"] if name != "asked"]
    kept_rows = kept_report(macros, OF_REPORT, [figure("PP1", "1")], [figure("PP1", "2")], columns)
    assert kept_rows == {("PP1", None): ("2", None)}


def test_columns_of_the_report_stay_in_rows_that_are_reckoned_and_are_empty_where_there_was_no_row(macros):
    file = OF_REPORT | {"keeps": "false", "keeps_columns": ["value"]}
    reckoned = [
        figure("A", "5", asked=True),
        figure("B", "6", subject="=x"),
        figure("C", "7"),
    ]
    published = [figure("A", "1"), figure("B", "2", subject="'=x"), figure("D", "4")]
    assert kept_report(macros, file, reckoned, published) == {
        ("A", None): ("1", True),
        ("B", "=x"): ("2", False),
        ("C", None): (None, False),
    }


def part(name, is_kept):
    return {"part": name, "is_kept": is_kept}


def staying(macros, file, parts, roles=(), row="select 'PP1' as measure_id, 'IS' as role"):
    """Whether a row of a file stays as published."""
    condition = macros.stays_as_published(file, parts, list(roles))
    return duckdb.sql(f"select {condition} from ({row}) as reckoned").fetchall()[0][0]


def test_a_row_stays_with_any_part_that_it_rests_on(macros):
    both = OF_REPORT | {"rests_on": ["measure_id", "'alerts'", "cast(null as varchar)"]}
    for prepayment in (True, False):
        for alerts in (True, False):
            parts = [part("PP1", prepayment), part("alerts", alerts), part("other", True)]
            assert staying(macros, both, parts) is (prepayment or alerts)


def test_a_row_of_no_known_part_stays_where_anything_does(macros):
    assert staying(macros, OF_REPORT, [part("alerts", True)]) is True
    assert staying(macros, OF_REPORT, [part("alerts", False)]) is False
    assert staying(macros, OF_REPORT, []) is False
    assert staying(macros, OF_REPORT, [part("alerts", True), part("PP1", False)]) is False


def test_a_row_stays_with_the_report_of_its_role(macros):
    moved = [part("PP1", False)]
    assert staying(macros, OF_REPORT, moved, roles=["GS", "IS"]) is True
    assert staying(macros, OF_REPORT, moved, roles=["GS"]) is False


def test_rows_of_a_part_that_is_restated_are_as_reckoned_beside_those_that_stay(macros):
    reckoned = [figure("PP1", "2"), figure("B1", "2"), figure("SA1", "2"), figure("NEW", "2")]
    published = [figure("PP1", "1"), figure("B1", "1"), figure("SA1", "1"), figure("GONE", "1")]
    parts = [part("PP1", True), part("B1", False), part("NEW", False)]
    stays = macros.stays_as_published(OF_REPORT, parts, [])
    assert kept_report(macros, OF_REPORT, reckoned, published, stays=stays) == {
        ("PP1", None): ("1", False),
        ("B1", None): ("2", False),
        ("SA1", None): ("2", False),
        ("NEW", None): ("2", False),
        ("GONE", None): ("1", False),
    }
