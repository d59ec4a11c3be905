"""What a published file must declare in its mart's yml and its exposure, and the words for what is missing.

Every test and every program that needs to know of a published file takes it from here (docs/published.md).
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from string import Formatter
from typing import Any

# Every published CSV of a report starts with these (docs/published.md, "CSV conventions").
LEADING_COLUMNS = ("reporting_month", "party_id", "role")

# How a file is split that is of no report: the party gets one, whatever its roles; or all get the same one.
SPLITS_OF_NO_REPORT = (("party_id",), ())

# The first column of every file of the industry's report: it is of no party.
INDUSTRY_LEADING_COLUMNS = LEADING_COLUMNS[:1]
INDUSTRY = "industry"
"""`recipient` of a file of the industry's report, which all parties read; every other file is a party's."""

NUMBER = "number"
"""`shows` of a text that holds a number as it is printed, so that its decimals are part of it."""
SHOWS = (
    *("own_device", "own_meter_point", "network_operator", "energy_supplier", "free_text"),
    *(NUMBER, "nothing"),
)
"""What a column may tell of. Free text is what a sender wrote, be it the name of a model or a code."""
IS_NUMBER = r"-?[0-9]+(\.[0-9]+)?"
"""The form of a text that shows a number."""

WITHHELD = "withheld"
"""`industry` of the flag that says whether an industry figure of the row is withheld."""
OWN_PLACE = "own_place"
"""`industry` of a place in a league that is told to the recipient alone."""
SHOWN = "shown"
"""`industry` of a figure that is taken from another file, in which it is shown."""

_HAS_UNIT = re.compile(r"(tiny|small|big|huge)?int(eger)?|decimal|numeric|date|timestamp")
_SHOWS_SOMETHING = re.compile(r"varchar|text|timestamp")
_PROMISED_AS = {"string": "varchar"}


_ANNOUNCED = ("since", "retires", "instead")
# What is announced of a file or column: the first month of it, the last, and what comes in its place.
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_KNOWN_META = {"unit", "shows", "industry", "portal", "combines", "second_implementation", *_ANNOUNCED}
# How cells of several rows make one, exactly: so, or by the column that a mapping names.
_COMBINES, _COMBINES_BY = ("sum", "min", "max"), ("mean_of", "good")
_KNOWN = (
    *("recipient", "path", "question", "report", "split", "path_only", "always", "headlines"),
    *("cell", "league", "rest_row", "second_implementation"),
    *("keeps", "keeps_columns", "keeps_with_report", "rests_on"),
    *_ANNOUNCED,
)
# Of a headline: a figure at the top of a recipient's page, made of cells of the file.
_KNOWN_OF_HEADLINE = (
    "figure",
    "where",
    "own",
    "sum",
    "over",
    "of",
    "industry",
    "place",
    "largest",
    "at_most",
)
CELL_IN_WORDS = r"\{(\w+)\}"
"""Where a cell stands in the words of a headline."""
_PLACE_COLUMNS = 3
# What a restatement leaves as published in a file of the industry's report.
_OF_INDUSTRY_ALONE = ("keeps", "keeps_columns", "keeps_with_report", "rests_on")


@dataclass(frozen=True)
class Column:
    """One column of a published file, as the mart's own yml declares it.

    Attributes:
        data_type: as readers were promised it: a text is a `varchar`, which a yml calls `string`, since every
            engine knows that name.
        unit: of a number, a date or an instant.
        shows: what a text or an instant tells of (`SHOWS`).
        industry: the pool of an industry figure; or one of `WITHHELD`, `OWN_PLACE` and `SHOWN`.
        portal: the portal may hold it.
        combines: how the cells of several rows make one exactly: `sum`, `min` or `max`; `mean_of` and the
            column with the sum; `good` and the outcome that is a success. None: they do not.
        second_implementation: whether tests/reference reckons it too: `covered` or `owed`.
        required: the contract says that it is never null.
        since: the first month of which it is published, `YYYY-MM`, where that is announced.
        retires: the last one; `instead` says what comes in its place.
    """

    name: str
    data_type: str
    description: str = ""
    unit: str | None = None
    shows: str = "nothing"
    industry: str | None = None
    portal: bool = True
    combines: str | dict[str, str] | None = None
    second_implementation: str = "covered"
    required: bool = False
    since: str | None = None
    retires: str | None = None
    instead: str | None = None

    @property
    def is_number_as_text(self) -> bool:
        """Whether it is a text that holds a number as it is printed."""
        return self.shows == NUMBER

    @property
    def is_industry_figure(self) -> bool:
        """Whether it is a figure of a pool of other parties' rows."""
        return self.industry not in (None, WITHHELD, OWN_PLACE, SHOWN)


def meta_of(node: dict[str, Any]) -> dict[str, Any]:
    """Give the `meta` of a node, an exposure or a column of dbt's manifest, wherever dbt keeps it."""
    return {**(node.get("meta") or {}), **((node.get("config") or {}).get("meta") or {})}


def faults_of(exposure: dict[str, Any], nodes: dict[str, Any]) -> list[str]:
    """Say what a published file's declaration lacks: which file to edit, and the line to write.

    Parameters:
        exposure: a dbt exposure with `meta.publish`, as dbt's manifest has it.
        nodes: the nodes of that manifest.

    Returns:
        A line per fault; none where the declaration is whole.
    """
    publish, place = meta_of(exposure)["publish"], f"{exposure['original_file_path']}, {exposure['name']}"
    marts = [node_id for node_id in exposure["depends_on"]["nodes"] if node_id in nodes]
    if len(marts) != 1:
        return [f"  {place}: `depends_on` must name exactly one mart; it names {len(marts)}."]
    mart = nodes[marts[0]]
    yml = (mart.get("patch_path") or "").partition("://")[2] or mart["original_file_path"]
    names = list(mart["columns"])
    split = tuple(publish.get("split", ("party_id", "role")))
    is_industry = "recipient" in publish
    is_of_report = not is_industry and ("report" in publish or split not in SPLITS_OF_NO_REPORT)
    wanted = {"path": "inventory/{role}/hello.csv", **({"report": "inventory"} if is_of_report else {})}
    if is_industry:
        wanted = {"path": "hello.csv", "split": "[]", "always": "true"}
    wanted |= {"question": "Which of my Devices need my attention?"}
    faults = [
        f"{place}: write `{key}: {example}` under `publish`."
        for key, example in wanted.items()
        if key not in publish
    ]
    faults += [
        f"{place}: `{key}` is not known under `publish`; known are {', '.join(_KNOWN)}."
        for key in sorted(set(publish) - set(_KNOWN))
    ]
    if faults:
        return [f"  {fault}" for fault in faults]
    path_only = set(publish.get("path_only", ()))
    shown = tuple(name for name in names if name not in path_only)
    if is_industry:
        faults += _industry_faults(publish, place, yml, shown)
    elif [key for key in _OF_INDUSTRY_ALONE if key in publish]:
        told = ", ".join(key for key in _OF_INDUSTRY_ALONE if key in publish)
        faults.append(f"{place}: {told} is of a file of the industry's report alone.")
    elif is_of_report:
        if shown[:3] != LEADING_COLUMNS:
            faults.append(f"{yml}: the first columns must be {', '.join(LEADING_COLUMNS)}.")
        if split[:2] != ("party_id", "role"):
            faults.append(f"{place}: `split` must begin with party_id, role.")
    elif leading := [name for name in shown if name in LEADING_COLUMNS]:
        told = ", ".join(leading)
        faults.append(f"{place}: a file of no report has no {told}: write `path_only: [{told}]`.")
    faults += [f"{place}: {fault}" for fault in _reader_faults(exposure, publish)]
    faults += [f"{place}: {fault}" for fault in _announcement_faults(publish)]
    named = {*split, *path_only, *publish.get("cell", ()), *publish.get("rest_row", {})}
    named |= {publish["league"]} if "league" in publish else set()
    named |= set(publish.get("keeps_columns", ()))
    faults += [f"{place}: {mart['name']} has no column {name}." for name in sorted(named - set(names))]
    in_path = {key for _, key, _, _ in Formatter().parse(publish["path"]) if key}
    if in_path != set(split) - {"party_id"}:
        faults.append(f"{place}: `path` must name each column of `split` but party_id, and no other.")
    if publish.get("always") and len(split) > len(LEADING_COLUMNS) - 1:
        faults.append(f"{place}: a file split by more than party and role cannot be `always`.")
    if publish.get("second_implementation", "owed") != "owed":
        faults.append(f"{place}: write `second_implementation: owed`, or leave it out where it is there.")
    if not grain_of(marts[0], nodes):
        faults.append(
            f"{yml}: write `- unique_grain: {{arguments: {{columns: [reporting_month, party_id, role, …]}}}}`"
            f" under `data_tests` of {mart['name']}."
        )
    if not mart["config"].get("contract", {}).get("enforced"):
        faults.append(f"{yml}: write `contract: {{enforced: true}}` under `config` of {mart['name']}.")
    if str(mart["config"].get("access")) != "public":
        faults.append(f"{yml}: write `access: public` under `config` of {mart['name']}.")
    columns = [column_of(column) for column in mart["columns"].values()]
    in_file = {column.name: column for column in columns if column.name not in path_only}
    for headline in publish.get("headlines", ()):
        faults += [f"{place}: {fault}" for fault in _headline_faults(headline, in_file)]
    for column in columns:
        faults += [f"{yml}: column {column.name}: {fault}" for fault in _column_faults(column, mart)]
    flags = [column.name for column in columns if column.industry == WITHHELD]
    figures = [column for column in columns if column.is_industry_figure]
    if figures and path_only:
        faults.append(
            f"{place}: with industry figures no column is `path_only`: a restatement reads the file."
        )
    if is_industry and any(column.industry for column in columns):
        faults.append(
            f"{yml}: {mart['name']} is all of the industry: no column of it has `industry` under `meta`."
        )
    elif not is_of_report and any(column.industry for column in columns):
        faults.append(f"{place}: a file of no report has no figure of the industry: write its `report`.")
    if figures and len(flags) != 1 and "league" not in publish:
        faults.append(
            f"{yml}: {mart['name']} shows industry figures, so exactly one boolean column must say whether"
            f" any of the row is withheld (`config: {{meta: {{industry: withheld}}}}`); {len(flags)} do."
        )
    return [f"  {fault}" for fault in faults]


def _industry_faults(publish: dict[str, Any], place: str, yml: str, shown: tuple[str, ...]) -> list[str]:
    """Say what the declaration of a file of the industry's report lacks, or has besides."""
    faults = []
    if publish["recipient"] != INDUSTRY:
        faults.append(f"{place}: `recipient` is `{INDUSTRY}`, or left out: then the file is a party's.")
    for key in ("report", "path_only", "league", "rest_row"):
        if key in publish:
            faults.append(f"{place}: a file of the industry's report has no `{key}`: it is of no party.")
    if publish["split"] or publish["always"] is not True:
        faults.append(f"{place}: a file of the industry's report is one: write `split: []`, `always: true`.")
    keeps_something = publish.get("keeps") not in (None, "false") or "keeps_columns" in publish
    if keeps_something and not publish.get("rests_on"):
        faults.append(
            f"{place}: a file that keeps rows or columns in a restatement says what a row of it rests on:"
            " write `rests_on: [business_process]`, or another list of SQL."
        )
    leading = len(INDUSTRY_LEADING_COLUMNS)
    # A role may be what a row is about: whose league it is.
    if shown[:leading] != INDUSTRY_LEADING_COLUMNS or "party_id" in shown:
        faults.append(
            f"{yml}: the first column must be {', '.join(INDUSTRY_LEADING_COLUMNS)}, and party_id"
            " may not be there: the industry's report is of no party."
        )
    return faults


def _reader_faults(exposure: dict[str, Any], publish: dict[str, Any]) -> list[str]:
    """Say what lacks of the words by which a reader finds the file on the page of the folder."""
    faults = []
    if not re.fullmatch(r"[A-Z][^?]*\?", str(publish["question"])):
        faults.append("`question` is one plain sentence that the file answers, and ends with `?`.")
    if not (exposure.get("description") or "").strip().endswith("."):
        faults.append("write as `description`, in sentences, what the file is for its reader.")
    return faults


def _announcement_faults(declared: dict[str, Any]) -> list[str]:
    """Say what is wrong with what is announced of a file or column."""
    faults = [
        f"`{key}: {declared[key]}` is no month: write YYYY-MM."
        for key in ("since", "retires")
        if key in declared and not _MONTH.fullmatch(str(declared[key]))
    ]
    if "instead" in declared and "retires" not in declared:
        faults.append("`instead` says what comes in place of what retires: write `retires` too.")
    return faults


def _headline_faults(headline: dict[str, Any], columns: dict[str, Column]) -> list[str]:
    """Say what is wrong with a headline: a figure that the page of a recipient shows first.

    Parameters:
        columns: those of the file, by name.
    """
    unknown = sorted(set(headline) - set(_KNOWN_OF_HEADLINE))
    if unknown or "figure" not in headline:
        told = f"has {', '.join(unknown)}" if unknown else "has no `figure`, which says it in words"
        return [f"a headline {told}; known are {', '.join(_KNOWN_OF_HEADLINE)}."]
    told = f"headline `{headline['figure']}`"
    if ("own" in headline) == ("sum" in headline) or ("over" in headline and "sum" not in headline):
        return [f"{told}: write `own: <column>`, or `sum: [<columns>]`, with or without `over: [<columns>]`."]
    of_rows = [key for key in ("of", "industry", "place", "largest", "at_most") if key in headline]
    if "sum" in headline and of_rows:
        return [f"{told}: {', '.join(of_rows)} is of a cell of one row; a sum has none."]
    figures = [headline[key] for key in ("own", "of", "industry", "largest") if key in headline]
    figures += [name for key in ("sum", "over", "place") for name in headline.get(key, ())]
    named = {*figures, *headline.get("where", {}), *columns_of_words(headline["figure"])}
    if missing := sorted(named - set(columns)):
        return [f"{told}: the file has no column {', '.join(missing)}."]
    faults = [
        f"{told}: {name} is no number with a unit."
        for name in dict.fromkeys(figures)
        if not columns[name].unit
    ]
    if "industry" in headline and not columns[headline["industry"]].is_industry_figure:
        faults.append(
            f"{told}: {headline['industry']} is no figure of the industry (`industry` in its `meta`)."
        )
    if "place" in headline and len(headline["place"]) != _PLACE_COLUMNS:
        faults.append(
            f"{told}: `place` is the columns of the first and last place and of the ranked parties."
        )
    return faults


def columns_of_words(words: str) -> list[str]:
    """Give the columns whose cells stand in a headline's words, e.g. `{business_process}`."""
    return re.findall(CELL_IN_WORDS, words)


def _column_faults(column: Column, mart: dict[str, Any]) -> list[str]:
    """Say what the declaration of a column lacks."""
    meta, faults = meta_of(mart["columns"][column.name]), []
    unknown = sorted(set(meta) - _KNOWN_META)
    if unknown:
        faults.append(f"`meta` has {', '.join(unknown)}; known: {', '.join(sorted(_KNOWN_META))}.")
    if column.name in LEADING_COLUMNS:
        return faults
    if not column.description.endswith("."):
        faults.append("write a sentence as `description`.")
    is_text = re.match("varchar|text", column.data_type)
    if column.is_number_as_text and not is_text:
        faults.append(f"a {column.data_type} shows no `{NUMBER}` as text: leave `shows` out.")
    if (_HAS_UNIT.match(column.data_type) or column.is_number_as_text) and not column.unit:
        faults.append("write its unit, e.g. `config: {meta: {unit: count}}`.")
    if column.unit and not _HAS_UNIT.match(column.data_type) and not column.is_number_as_text:
        faults.append(f"a {column.data_type} has no `unit`.")
    if _SHOWS_SOMETHING.match(column.data_type) and "shows" not in meta:
        faults.append(f"write what it tells of, `config: {{meta: {{shows: …}}}}`: one of {', '.join(SHOWS)}.")
    if column.combines is not None and not _is_combined(column.combines, mart["columns"]):
        faults.append(
            f"`combines: {column.combines}` is none of {', '.join(_COMBINES)}, `{{mean_of: <column>}}` and"
            " `{good: <outcome>}`."
        )
    faults += _announcement_faults(meta)
    if column.shows not in SHOWS:
        faults.append(f"`shows: {column.shows}` is none of {', '.join(SHOWS)}.")
    return faults


def _is_combined(combines: str | dict[str, str], columns: Collection[str]) -> bool:
    if isinstance(combines, str):
        return combines in _COMBINES
    (by, told), *more = combines.items()
    return not more and by in _COMBINES_BY and (by != "mean_of" or told in columns)


def grain_of(mart_id: str, nodes: dict[str, Any]) -> tuple[tuple[str, ...], bool] | None:
    """Give the columns of a mart's grain, and whether they are a key of all its rows; None without a test."""
    found = None
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        if node.get("attached_node") == mart_id and test.get("name") == "unique_grain":
            columns = tuple(column.strip('"') for column in test["kwargs"]["columns"])
            if not node["config"].get("where"):
                return columns, True
            found = columns, False
    return found


def checks_of(mart_id: str, nodes: dict[str, Any], columns: Collection[str]) -> tuple[str, ...]:
    """Give what a mart's yml says of each row, as SQL that names no columns of the mart but these.

    These are the checks of its contract, and its data tests `holds` of which dbt does not fill in anything.
    """
    mart = nodes[mart_id]
    checks = [one["expression"] for one in mart.get("constraints") or () if one["type"] == "check"]
    for column in mart["columns"].values():
        checks += [one["expression"] for one in column.get("constraints") or () if one["type"] == "check"]
    for node in nodes.values():
        test = node.get("test_metadata") or {}
        is_of_mart = node.get("attached_node") == mart_id and not node["config"].get("where")
        if is_of_mart and test.get("name") == "holds":
            checks.append(f"coalesce({test['kwargs']['expression']}, false)")
    others = set(mart["columns"]) - set(columns)
    return tuple(
        check
        for check in dict.fromkeys(checks)
        if "{{" not in check and not others & set(re.findall(r"\w+", check))
    )


def number_checks(columns: Iterable[Column]) -> tuple[str, ...]:
    """Give the checks, as SQL, that the texts which show a number hold one or nothing."""
    return tuple(
        f"coalesce(regexp_full_match(\"{column.name}\", '{IS_NUMBER}'), true)"
        for column in columns
        if column.is_number_as_text
    )


def column_of(column: dict[str, Any]) -> Column:
    """Read a column's declaration out of dbt's manifest."""
    meta, data_type = meta_of(column), (column.get("data_type") or "").lower()
    return Column(
        name=column["name"],
        data_type=_PROMISED_AS.get(data_type, data_type),
        description=" ".join((column.get("description") or "").split()),
        unit=meta.get("unit"),
        shows=meta.get("shows", "nothing"),
        industry=meta.get("industry"),
        portal=bool(meta.get("portal", True)),
        combines=meta.get("combines"),
        second_implementation=meta.get("second_implementation", "covered"),
        required=any(one["type"] == "not_null" for one in column.get("constraints") or ()),
        since=meta.get("since"),
        retires=meta.get("retires"),
        instead=meta.get("instead"),
    )
