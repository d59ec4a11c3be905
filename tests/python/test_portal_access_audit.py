"""The audit log: what is in a line and what is not, whole lines of many workers, and how long they stay."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from portal_access_app import Clock, Register, browser, choose, create, lines, outcomes, settings_of, token
from starlette.requests import Request

from car.portal.access.audit import Audit
from car.portal.access.user import User

NAMES = ["instant", "user", "party", "path", "release", "rows", "bytes", "duration_ms", "outcome"]
DAY_S = 86_400
FIRST_DAY = "2026-09-21"
WRITER = """
import sys
from pathlib import Path
from starlette.requests import Request
from car.portal.access.audit import Audit
audit = Audit(Path(sys.argv[1]), 365, 20_000, lambda: 1_790_000_000.0)
request = Request({"type": "http", "query_string": b"", "state": {}})
for number in range(300):
    audit.line(request, outcome=f"{sys.argv[2]} {number} " + "x" * 300)
"""


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def state(tmp_path):
    return tmp_path / "portal" / "state"


@pytest.fixture
def client(clock, tmp_path):
    client = browser(create(tmp_path, settings_of(), clock))
    choose(client)
    return client


def a_request(query=b""):
    return Request({"type": "http", "query_string": query, "state": {}})


def test_a_line_is_exactly_what_was_promised(client, clock, state):
    clock.at += 0.25
    client.get("/data/2026-10")
    assert lines(state)[1] == {
        "instant": "2026-09-21T14:13:20.250Z",
        "user": "dev SUP1",
        "party": "SUP1",
        "path": "/data/2026-10",
        "release": "2026-10/v2",
        "rows": 12,
        "bytes": None,
        "duration_ms": 3.2,
        "outcome": "page_shown",
    }
    assert all(list(line) == NAMES for line in lines(state))


def test_each_event_has_its_line(client, clock, state):
    client.get("/data/2026-10")
    client.get("/download")
    client.post("/sign-out", data={"csrf_token": token(client)}, headers={"Origin": "http://127.0.0.1:8400"})
    choose(client, "SUP9")
    assert outcomes(state) == [
        "signed_in",
        "page_shown",
        "download_begun",
        "downloaded",
        "signed_out",
        "sign_in_failed:no_party",
    ]
    assert [(line["rows"], line["bytes"]) for line in lines(state)[2:4]] == [(7, None), (7, 3000)]
    assert all(line["duration_ms"] >= 0 for line in lines(state))


def test_pages_without_data_have_none(client, state):
    for path in ("/help", "/healthz", "/static/file.css", "/none"):
        client.get(path)
    assert outcomes(state) == ["signed_in"]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?region=North&status=Suspended", "?region&status"),
        ("?status=1&region=2&region=3", "?region&status"),
        ("?split_2=srv&by1=x", "?by1&split_2"),
        ("?day.before=2026-10-02&last_read.from=2026-10-01", "?day.before&last_read.from"),
        ("?00-11-22-33-44-55-66-77=1&SW1A1AA=2&sw1a1aa=3", "?…"),
        ("?1234567890123&region=N", "?region&…"),
        ("?" + "x" * 41, "?…"),
        ("?a%0Ab=1", "?…"),
        ("", ""),
    ],
)
def test_a_path_is_a_template_and_names_without_any_value(client, state, query, names):
    client.get(f"/data/SW1A%201AA{query}")
    assert lines(state)[-1]["path"] == "/data/{month}" + names


def test_what_was_found_stands_in_the_path_without_the_values_of_filters(client, state):
    client.get("/data/2026-10?region=North")
    assert lines(state)[-1]["path"] == "/data/2026-10?region"


def test_no_cookie_and_no_hidden_field_is_in_a_line(client, state):
    hidden = token(client)
    client.get(f"/data/2026-10?csrf_token={hidden}")
    text = json.dumps(lines(state))
    assert hidden not in text and client.cookies["car_session"] not in text


def test_what_a_provider_calls_a_user_cannot_break_a_line(clock, tmp_path):
    audit = Audit(tmp_path, 365, 10**6, clock)
    audit.line(a_request(), outcome="signed_in", user=User("a\nb\u2028\x1b" + "x" * 300, "SUP1", False))
    (text,) = (path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    assert len(text.splitlines()) == 1
    assert json.loads(text)["user"] == "a\\nb\\u2028\\u001b" + "x" * 195


def test_a_download_under_way_that_fails_says_so(client, state):
    with pytest.raises(Exception, match=r"^[a-z]{10}$"):
        client.get("/download?fail=1")
    assert lines(state)[-1]["outcome"] == "download_cut" and lines(state)[-1]["bytes"] == 2000


def test_a_line_that_cannot_be_written_stops_a_download(client, state, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Exception, match=r"^[a-z]{10}$"):
        # The answer's head is sent before its first byte is asked for; then nothing comes and it is cut.
        client.get("/download")
    monkeypatch.undo()
    assert outcomes(state) == ["signed_in"]


def test_a_line_that_cannot_be_written_lets_nobody_in(clock, tmp_path, state, monkeypatch):
    client = browser(create(tmp_path, settings_of(), clock))
    monkeypatch.setattr(Audit, "_write", lambda *arguments: (_ for _ in ()).throw(OSError("full")))
    assert choose(client).status_code == 500
    assert client.get("/").status_code == 303


def test_a_line_that_was_cut_spoils_no_other_one(clock, tmp_path, monkeypatch):
    audit = Audit(tmp_path, 365, 10**6, clock)
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, line: write(handle, line[:20]))
    with pytest.raises(OSError, match="took 20 bytes of a line of"):
        audit.line(a_request(), outcome="first")
    monkeypatch.undo()
    audit.line(a_request(), outcome="second")
    audit.line(a_request(), outcome="third")
    (text,) = (path.read_text(encoding="utf-8") for path in tmp_path.iterdir())
    cut, *whole = text.splitlines()
    assert len(cut) == 20 and [json.loads(line)["outcome"] for line in whole] == ["second", "third"]


def test_many_workers_write_whole_lines(tmp_path):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for name in "abc"
    ]
    assert [process.wait() for process in started] == [0, 0, 0]
    files = sorted(tmp_path.iterdir(), key=lambda path: int(path.suffixes[-2][1:]))
    written = [json.loads(line)["outcome"].split()[:2] for path in files for line in path.open()]
    assert len(written) == 900
    for name in "abc":
        assert [number for by, number in written if by == name] == [str(number) for number in range(300)]
    # Each file but the last is full, and no more than a line of each worker over.
    assert all(20_000 <= path.stat().st_size < 20_000 + 3 * 500 for path in files[:-1])


def test_the_log_goes_on_in_another_file_each_day_and_when_one_is_full(clock, tmp_path):
    audit = Audit(tmp_path, 365, 500, clock)
    for _ in range(5):
        audit.line(a_request(), outcome="x")
    clock.at += DAY_S
    audit.line(a_request(), outcome="x")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        f"audit-{FIRST_DAY}.0.jsonl",
        f"audit-{FIRST_DAY}.1.jsonl",
        "audit-2026-09-22.0.jsonl",
    ]
    # A worker that starts later goes on where the others are.
    Audit(tmp_path, 365, 500, clock).line(a_request(), outcome="x")
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_line_is_kept_as_long_as_configured_and_then_deleted(clock, tmp_path):
    audit = Audit(tmp_path, 30, 10**6, clock)
    (tmp_path / "audit-notes.txt").write_text("somebody's own")
    audit.line(a_request(), outcome="x")
    clock.at += 30 * DAY_S
    audit.line(a_request(), outcome="x")
    assert (tmp_path / f"audit-{FIRST_DAY}.0.jsonl").is_file()
    clock.at += DAY_S
    audit.line(a_request(), outcome="x")
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["audit-2026-10-21.0.jsonl", "audit-2026-10-22.0.jsonl", "audit-notes.txt"]


def test_what_is_kept_no_longer_is_deleted_at_the_start_though_nobody_comes(clock, tmp_path):
    old = tmp_path / "audit-2020-01-01.0.jsonl"
    old.write_text("{}\n")
    Audit(tmp_path, 365, 10**6, clock)
    assert not old.exists()


def test_the_log_is_for_its_owner_alone(clock, tmp_path):
    folder = Path(tmp_path) / "audit"
    Audit(folder, 365, 10**6, clock).line(a_request(), outcome="x")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())


def test_a_line_is_written_of_whom_the_party_left(clock, tmp_path, state):
    """Their sign-out, too."""
    register = Register()
    client = browser(create(tmp_path, settings_of(), clock, register))
    choose(client)
    hidden = token(client)
    register.parties.clear()
    client.post("/sign-out", data={"csrf_token": hidden}, headers={"Origin": "http://127.0.0.1:8400"})
    assert outcomes(state) == ["signed_in", "signed_out"] and lines(state)[1]["party"] == "SUP1"
