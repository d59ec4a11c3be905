"""`car watch`: a simulated incident is found in the first window that lies in it, quiet weeks are quiet."""

import json
import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import pytest
from landing_files import FEEDS
from test_cli import car_command
from test_docs import ROOT, commands
from test_notify import webhook  # noqa: F401 - a fixture

from car.console import Reporter
from car.errors import UsageFault
from car.watch import watch
from car.workspace import Machine

# Builds of the staging models, of seconds each.
pytestmark = pytest.mark.turn()

FIRST, DAYS = datetime(2026, 8, 3), 84
QUIET, EVENTFUL = datetime(2026, 10, 12), datetime(2026, 10, 19)
MACHINE = Machine(threads=2, memory_limit="1GB")
SRVS = ("8.2", "4.8.1", "4.6.1", "2.2", "1.1.1", "11.2", "4.1.1", "8.11", "6.15.1", "7.4")
ALERTS = ("81A0", "8F12", "AD1", "8F36", "810D")


@dataclass
class Incident:
    """What happens to rows of a feed: columns get other values, or where there are none the rows are gone."""

    name: str
    feed: str
    where: str
    begin: datetime
    hours: int
    values: dict
    subject: tuple
    is_above: bool = True


def at(day, hour):
    return EVENTFUL + timedelta(days=day, hours=hour)


INCIDENTS = (
    Incident(
        "a region loses a third of its requests",
        "service_requests",
        "csp_region = 'North' and number % 3 = 0",
        at(0, 9),
        15,
        {"report_status_id": 34, "response_code": "null", "ended_at": "null"},
        ("region", "North", "failures"),
    ),
    Incident(
        "an SRV falls silent",
        "service_requests",
        "srv = '4.8.1'",
        at(1, 8),
        12,
        {},
        ("srv", "4.8.1", "requests"),
        is_above=False,
    ),
    Incident(
        "an SRV fails",
        "service_requests",
        "srv = '8.11'",
        at(2, 7),
        12,
        {"response_code": "'E2'"},
        ("srv", "8.11", "failures"),
    ),
    Incident(
        "a response code spreads",
        "service_requests",
        "number % 6 = 0",
        at(3, 10),
        9,
        {"response_code": "'E19'"},
        ("response_code", "E19", "requests"),
    ),
    Incident(
        "an alert code storms",
        "alerts",
        "number % 4 = 0",
        at(4, 1),
        10,
        {"alert_code": "'8F36'"},
        ("alert_code", "8F36", "alerts"),
    ),
    Incident("a feed stops", "alerts", "true", at(5, 6), 8, {}, ("feed", "alerts", "alerts"), False),
)


def texts(values, number):
    """SQL of one of some texts, by a number."""
    whens = " ".join(f"when {place} then '{value}'" for place, value in enumerate(values))
    return f"case {number} % {len(values)} {whens} end"


def land(folder, incidents=()):
    """Twelve weeks of requests and alerts that follow the hours of the day and the days of the week."""
    with duckdb.connect() as connection:
        for feed, columns in ROWS.items():
            _rows(connection, feed, columns, [one for one in incidents if one.feed == feed])
            for day in range(DAYS):
                landed = (FIRST + timedelta(days=day)).date()
                place = folder / feed / f"date={landed}"
                place.mkdir(parents=True)
                connection.execute(
                    f"copy (select {', '.join(FEEDS[feed].column_names)} from {feed}"
                    f" where cast(recorded_at as date) = '{landed}' order by recorded_at, number)"
                    f" to '{place / 'a.parquet'}' (format parquet)"
                )
    register = folder / "parties" / f"date={FIRST.date()}"
    register.mkdir(parents=True)
    header, row = FEEDS["parties"].column_names, {"published_on": FIRST.date(), "party_id": "P", "role": "IS"}
    (register / "parties.csv").write_text(
        ",".join(header) + "\n" + ",".join(str(row.get(name, "")) for name in header) + "\n"
    )
    return folder


REQUESTS_A_DAY, ALERTS_A_DAY = 9_000, 4_000
ROWS = {
    "service_requests": {
        "transaction_id": "'R' || number",
        "srv": texts(SRVS, "(hash(number) >> 3)"),
        "command_variant": "1",
        "mode_of_operation": "1",
        "originator_party_id": "'P'",
        "originator_role": "'IS'",
        "report_status_id": "2",
        "response_code": "case when hash(number) >> 7 & 31 = 0 then 'E5' else 'I0' end",
        "started_at": "begun",
        "ended_at": "begun + interval 9 second",
        "recorded_at": "begun + interval 9 second",
        "csp_region": texts(("North", "Central", "South", "North"), "(hash(number) >> 11)"),
    },
    "alerts": {
        "alert_id": "'A' || number",
        "alert_code": texts((*ALERTS[:3], *ALERTS[:3], ALERTS[0], *ALERTS), "(hash(number) >> 3)"),
        "destination_party_id": "'P'",
        "destination_role": "'IS'",
        "report_status_id": "17",
        "raised_at": "begun",
        "recorded_at": "begun + interval 1 second",
        "suppressed": "false",
        "csp_region": texts(("North", "Central", "South"), "(hash(number) >> 11)"),
    },
}


def _rows(connection, feed, columns, incidents):
    a_day = REQUESTS_A_DAY if feed == "service_requests" else ALERTS_A_DAY
    seed = FEEDS[feed].name
    # Fewer at night and at weekends; each row keeps its place, and chance takes one or leaves it.
    connection.execute(f"""
        create or replace table {feed}_begun as
        select number, begun
        from (
            select
                number,
                timestamp '{FIRST}' + to_days(cast(number // {a_day} as integer))
                + to_microseconds(cast(hash('{seed}', number) % 86400000000 as bigint)) as begun
            from range({a_day} * {DAYS}) as _(number)
        )
        where hash('{seed} is there', number) % 100
            < 30 + 50 * sin(pi() * hour(begun) / 24) - 15 * (isodow(begun) > 5)::int
    """)
    values = {
        column.name: (columns.get(column.name, "null"), column.data_type) for column in FEEDS[feed].columns
    }
    selected = ", ".join(f"cast({value} as {kind}) as {name}" for name, (value, kind) in values.items())
    connection.execute(f"create or replace table {feed} as select number, {selected} from {feed}_begun")
    begun = "started_at" if "started_at" in columns else "raised_at"
    for one in incidents:
        within = f"{begun} >= '{one.begin}' and {begun} < '{one.begin + timedelta(hours=one.hours)}'"
        what = ", ".join(f"{name} = {value}" for name, value in one.values.items())
        do = f"update {feed} set {what}" if one.values else f"delete from {feed}"
        connection.execute(f"{do} where {within} and {one.where}")


@pytest.fixture(scope="module")
def landing(tmp_path_factory):
    return land(tmp_path_factory.mktemp("watched") / "landing", INCIDENTS)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("work")


def look(landing, work, until, windows=1, **variables):
    return watch(str(landing), until, windows, variables, MACHINE, Reporter(), work)


@pytest.fixture(scope="module")
def eventful(landing, work):
    """What the week of the incidents shows, window by window."""
    return look(landing, work, EVENTFUL + timedelta(days=7), 42)


def text(instant):
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda one: one.name)
def test_an_incident_is_found_in_the_first_window_that_lies_in_it(incident, eventful):
    found = {
        (row["window_from"], row["subject_kind"], row["subject"], row["measure"]): row["is_above"]
        for row in eventful["deviations"]
    }
    hours_after = -(-incident.begin.hour // 4) * 4
    first = incident.begin.replace(hour=0) + timedelta(hours=hours_after)
    assert first + timedelta(hours=4) <= incident.begin + timedelta(hours=incident.hours)
    assert found[text(first), *incident.subject] is incident.is_above


def test_a_quiet_week_has_one_false_alarm_at_most(landing, work):
    found = look(landing, work, QUIET + timedelta(days=7), 42)
    assert found["windows"] == 42 and found["subjects"] > 42 * 30
    assert len(found["deviations"]) <= 1, found["deviations"]


def test_one_window_is_judged_as_it_is_among_many(landing, work, eventful):
    until = at(0, 16)
    one = look(landing, work, until)
    assert one["deviations"] == [row for row in eventful["deviations"] if row["window_to"] == text(until)]
    assert one["deviations"] and one["looked_until"] == "2026-10-19T16:00:00Z"


def test_only_files_of_the_days_that_are_looked_at_are_read(landing, work, tmp_path):
    """The others could be damaged, and nobody would know."""
    copy = tmp_path / "landing"
    days = {(at(0, 12) - timedelta(days=7 * week)).date().isoformat() for week in range(9)}
    for file in landing.rglob("*.*"):
        place = copy / file.relative_to(landing)
        place.parent.mkdir(parents=True, exist_ok=True)
        is_read = place.parent.name.removeprefix("date=") in days or place.suffix == ".csv"
        place.write_bytes(file.read_bytes() if is_read else b"no Parquet")
    assert look(copy, work, at(0, 12)) == look(landing, work, at(0, 12))


def test_without_an_instant_the_newest_record_is_the_end(landing, work):
    found = look(landing, work, None)
    assert "2026-10-25T23:5" < found["looked_until"] < "2026-10-26T00:01"


def test_the_command_says_it_in_lines_and_json_and_to_others_without_a_figure(
    landing,
    tmp_path,
    webhook,  # noqa: F811
    monkeypatch,
):
    monkeypatch.setenv("CAR_NOTIFY_URLS", webhook.url)
    command = ("watch", "--landing", landing, "--as-of", f"{at(0, 16):%Y-%m-%dT%H:%M:%S}", "--work", tmp_path)
    result = car_command(*command)
    assert result.exit_code == 0, result.output
    assert "counts up to 2026-10-19T16:00:00Z have left their band:" in result.output
    assert "2026-10-19T12:00:00Z to 16:00:00Z  region North, failures: " in result.output
    (message,) = webhook.kept
    assert message["type"] == "warning"
    assert "2026-10-19T12:00:00Z: region North, failures above its band" in message["message"]
    assert "usually" not in message["message"]
    quiet = car_command(
        "watch", "--landing", landing, "--as-of", "2026-10-14T12:00:00", "--work", tmp_path, "--json"
    )
    assert json.loads(quiet.stdout)["deviations"] == [] and "Nothing deviates: " in quiet.stderr
    assert len(webhook.kept) == 1


def test_the_command_of_the_document_runs_as_it_stands_there(landing, monkeypatch):
    monkeypatch.chdir(landing.parent)
    (line,) = [line for line in commands(ROOT / "docs" / "operations.md") if line.startswith("car watch")]
    result = car_command(*shlex.split(line)[1:])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("windows", "variables", "told"),
    [(43, {}, "a week has 42 windows of 4 hours"), (1, {"watch_hour": 4}, "the nearest is watch_hours")],
)
def test_what_cannot_be_meant_is_refused(windows, variables, told, landing):
    with pytest.raises(UsageFault, match=told):
        watch(str(landing), None, windows, variables, MACHINE, Reporter())
