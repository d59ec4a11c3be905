"""The mutation run's own tools: which mutants it makes, and what it keeps."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "tests"), str(Path(__file__).parent)]

from mutation.__main__ import (  # noqa: E402
    EQUIVALENT,
    KILLED_AT_LEAST,
    RESULTS,
    all_mutants,
    changed_files,
    equivalent,
    files_to_mutate,
    is_good_enough,
    judge,
    main,
    summary,
)
from mutation.operators import mutants  # noqa: E402
from mutation.project import MUTATED, sql_files  # noqa: E402

MART = "models/marts/r2_business_process/mart_r2__benchmark.sql"
CASES = [
    ("select a from b where a < 1 and b >= 2", "boundary", "select a from b where a <= 1 and b >= 2"),
    ("select a from b where a < 1 and b >= 2", "boundary", "select a from b where a < 1 and b > 2"),
    ("select a from b where a = 1", "negated", "select a from b where a != 1"),
    ("select a from b where a is not null", "negated", "select a from b where a is null"),
    ("select a from b where not a", "negated", "select a from b where a"),
    ("select a from b where a in ('X', 'Y')", "negated", "select a from b where a not in ('X', 'Y')"),
    ("select a from b where a in ('X', 'Y')", "literal", "select a from b where a in ('X', '~')"),
    ("select a from b where c and d", "and_or", "select a from b where c or d"),
    ("select a from b where c and d and e", "conjunct_dropped", "select a from b where d and e"),
    ("select a from b where c and d and e", "conjunct_dropped", "select a from b where c and e"),
    ("select a from b where c and (d or e)", "conjunct_dropped", "select a from b where c"),
    ("select a from b where c and cast(d as date) = e", "conjunct_dropped", "select a from b where c"),
    ("from b join c on b.x = c.x and b.y = c.y", "conjunct_dropped", "from b join c on b.y = c.y"),
    ("select a from b where a is null group by a", "filter_dropped", "select a from b group by a"),
    ("select count(*) filter (where c) as d from b", "filter_dropped", "select count(*) as d from b"),
    ("select case when c then 1 else 2 end", "condition_dropped", "select case when false then 1 else 2 end"),
    ("from b left join c on b.x = c.x", "left_to_inner", "from b inner join c on b.x = c.x"),
    ("from b inner join obligations on c", "inner_to_left", "from b left join obligations on c"),
    ("select distinct a from b", "distinct_dropped", "select a from b"),
    ("select count(distinct a) from b", "distinct_dropped", "select count( a) from b"),
    ("select a union select b", "distinct_dropped", "select a union all select b"),
    ("select min(a) from b", "word", "select max(a) from b"),
    ("sum(a) over (partition by b, c order by d)", "key_dropped", "sum(a) over (partition by c order by d)"),
    ("select rank() over (order by a desc, b)", "key_dropped", "select rank() over (order by b)"),
    ("select rank() over (order by a desc, b)", "word", "select rank() over (order by a asc, b)"),
    ("select coalesce(a, 0) from b", "default_dropped", "select coalesce(a) from b"),
    ("select coalesce(a, 0) from b", "constant", "select coalesce(a, 1) from b"),
    ("select a - b from c", "arithmetic", "select a + b from c"),
    ("select c.valid_from from c", "sibling", "select c.valid_to from c"),
    ("where {{ valid_at('a', 'b') }}", "rule_swapped", "where {{ valid_just_before('a', 'b') }}"),
    ("where {{ is_counted('a', 'b') }}", "rule_dropped", "where {{ 'true' }}"),
    ("select {{ released('a', 'p') }}", "rule_dropped", "select {{ 'a' }}"),
    ("{{ released_share('a', 'p') }}", "rule_dropped", "{{ share('a', 'p' ~ '_row_count', 3) }}"),
    ("{{ released('a', 'p', 'b') }}", "argument_dropped", "{{ released('a', 'p') }}"),
    ("{{ released_share('a', 'p', 'b', 's') }}", "argument_dropped", "{{ released_share('a', 'p', 'b') }}"),
    (
        "{{ released_share('a', 'p', 'b', 's') }}",
        "argument_dropped",
        "{{ released_share('a', 'p', 'true', 's') }}",
    ),
    ("{{ is_share_withheld('a', 'p', 'b') }}", "rule_swapped", "{{ is_withheld('p', 'b') }}"),
    ("select {{ released_extreme('a', 'p') }}", "rule_dropped", "select {{ released('a', 'p') }}"),
    ("select {{ share('a', 'b', 6) }}", "arguments_swapped", "select {{ share('b', 'a', 6) }}"),
    ("{% set cell = ['a', 'b'] %}", "key_dropped", "{% set cell = ['b'] %}"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "change", "becomes"), CASES)
def test_a_slip_of_the_hand_is_among_the_mutants(sql: str, change: str, becomes: str) -> None:
    made = {(mutant.operator, mutant.becomes) for mutant in mutants(MART, sql)}
    assert (change, becomes) in made


@pytest.mark.parametrize(
    "sql",
    [
        "-- a < b, and c",
        "select a from b where day between a and c group by a",
        "select sum(a) over (order by b rows between c and d)",
    ],
)
def test_a_comment_and_the_and_of_a_between_are_left_alone(sql: str) -> None:
    assert {"boundary", "and_or", "conjunct_dropped"}.isdisjoint(m.operator for m in mutants(MART, sql))


def test_the_order_of_a_whole_file_decides_nothing() -> None:
    assert mutants(MART, "with final as (select a from b) select * from final order by a desc, c") == []


def test_every_mutant_has_an_id_of_its_own_and_changes_its_file() -> None:
    made = all_mutants(sql_files(*MUTATED))
    assert len({mutant.id for mutant in made}) == len(made) > 0
    for mutant in made:
        text = (REPOSITORY / mutant.file).read_text(encoding="utf-8")
        assert mutant.apply(text) != text


def test_what_may_show_somebody_what_is_not_theirs_is_tried_first() -> None:
    risks = [bool(mutant.risk) for mutant in all_mutants(sql_files(*MUTATED))]
    assert risks == sorted(risks, reverse=True)
    assert {"", "leak", "disclosure"} == {
        mutant.risk for mutant in all_mutants([MART, *sql_files("macros/marts")])
    }


@pytest.mark.parametrize(
    ("changed", "mutated"),
    [
        ([MART, "README.md"], [MART]),
        ([MART.replace(".sql", ".yml")], [MART]),
        (["macros/marts/league.sql"], ["macros/marts/league.sql"]),
        (["models/staging/parties/stg_parties.sql", "docs/guidance.md"], []),
        (["tests/python/adversarial.py"], sql_files(*MUTATED)),
        (None, sql_files(*MUTATED)),
    ],
)
def test_files_are_mutated_that_a_change_or_its_tests_touch(
    changed: list[str] | None, mutated: list[str]
) -> None:
    assert files_to_mutate(changed) == mutated


def test_a_new_file_is_among_what_changed_before_git_knows_of_it(tmp_path, monkeypatch) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def write(*names: str) -> None:
        for name in names:
            (tmp_path / name).write_text(name, encoding="utf-8")

    write("kept.sql", "altered.sql", ".gitignore")
    (tmp_path / ".gitignore").write_text("ignored.sql")
    git("init", "--initial-branch", "main")
    git("add", ".")
    git("commit", "-m", "Begin")
    git("switch", "-c", "branch")
    write("committed.sql")
    git("add", ".")
    git("commit", "-m", "Add")
    write("added.sql", "untracked.sql", "ignored.sql")
    git("add", "added.sql")
    (tmp_path / "altered.sql").write_text("otherwise", encoding="utf-8")
    monkeypatch.setattr("mutation.__main__.ROOT", tmp_path)
    assert changed_files() == ["added.sql", "altered.sql", "committed.sql", "untracked.sql"]


@pytest.mark.parametrize(
    ("verdicts", "tried"), [(["stillborn", "", ""], 2), (["", ""], 1), (["stillborn", "stillborn"], 2)]
)
def test_one_mutant_that_is_sql_is_tried_however_short_the_time(verdicts, tried, monkeypatch) -> None:
    left = iter(verdicts)

    class Judges:
        def __init__(self, *_: object) -> None:
            pass

        def verdict(self, *_: object) -> str:
            return next(left)

    monkeypatch.setattr("mutation.__main__.Judges", Judges)
    options = SimpleNamespace(seconds=0, work=None, months=None, cases=1, verbose=False)
    queue = all_mutants([MART])[: len(verdicts)]
    assert len(judge(queue, options, started=time.monotonic() - 1)) == tried


def test_a_run_that_tried_no_mutant_of_what_changed_fails_in_words(monkeypatch, capsys) -> None:
    monkeypatch.setattr("mutation.__main__.changed_files", lambda: [MART])
    monkeypatch.setattr("mutation.__main__.judge", lambda queue, *_: [])
    assert main(["--changed"]) == 1
    assert "No mutant was tried" in capsys.readouterr().out
    assert not is_good_enough(summary([]))


def test_a_mutant_that_is_left_out_exists_and_has_a_reason() -> None:
    """Where a line has changed its mutants have other ids: look at them anew."""
    existing = {mutant.id for mutant in all_mutants(sql_files(*MUTATED))}
    listed = equivalent()
    assert sorted(set(listed) - existing) == [], f"{EQUIVALENT.name} has mutants that are no more"
    assert all(len(reason.split()) > 3 for reason in listed.values())


def test_the_counts_of_a_run() -> None:
    def result(killer: str, risk: str = "") -> dict[str, str]:
        return {"operator": "boundary", "risk": risk, "killed_by": killer}

    counts = summary(
        [
            result("unit test: x"),
            result(""),
            result("stillborn"),
            result("build: fails", "leak"),
            result("", "leak"),
        ]
    )
    assert (counts["mutants"], counts["killed"], counts["killed_share"], counts["stillborn"]) == (
        4,
        2,
        0.5,
        1,
    )
    assert (counts["leak_and_disclosure_mutants"], counts["leak_and_disclosure_survivors"]) == (2, 1)
    assert counts["by_operator"] == {"boundary": "2 of 4"}


def test_the_result_that_is_kept_holds() -> None:
    kept = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert kept["killed_share"] >= KILLED_AT_LEAST
    assert kept["leak_and_disclosure_survivors"] == 0
    assert len(kept["survivors"]) == kept["mutants"] - kept["killed"]
