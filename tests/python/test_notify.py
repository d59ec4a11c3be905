"""Messages and metrics of a run: to real places on this machine, with counts and paths alone."""

import json
import re
import socketserver
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from conftest import MONTH
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families
from test_cli import car_command, landing, run_month  # noqa: F401 (fixtures)

from car.errors import UsageFault
from car.notify import metrics
from car.notify.message import Messenger
from car.notify.settings import EVENTS, NotifySettings

RUN = {
    "run_id": "20261106T000000Z-abcdef",
    "outcome": "published",
    "reporting_month": MONTH,
    "version": 2,
    "code_version": "abc",
    "recipients": 53,
    "files": 8320,
    "rows": 120000,
    "csv_bytes": 5_000_000,
    "reports": 216,
    "held_back": [],
    "seconds": {"check": 2.5, "build": 100.0},
    "feeds": {
        "alerts": {"rows_read": 90, "rows_accepted": 80, "rows_quarantined": 10, "files_rejected": 1},
        "commentary": {"warnings": {}},
    },
    "headline_figures": [{"headline": "requests_counted", "count": 987654321, "share": "0.9731"}],
}


@pytest.fixture
def webhook():
    """A server that keeps what is posted to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.server.kept.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(self.server.answers)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.kept, server.answers = [], 200
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.url = f"json://127.0.0.1:{server.server_port}/hook?secret=hush"
        yield server
        server.shutdown()


@pytest.fixture
def mail():
    """A server of mail that keeps what it is sent."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                word = line[:4].upper().strip()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = []
                    while (line := self.rfile.readline()) != b".\r\n":
                        lines.append(line.decode())
                    self.server.kept.append("".join(lines))
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 well\r\n")
                if word == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.kept = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        server.url = (
            f"mailto://127.0.0.1:{server.server_address[1]}?mode=insecure&from=car@example.org"
            "&to=ops@example.org&smtp=127.0.0.1"
        )
        yield server
        server.shutdown()


def told(webhook, run, on=EVENTS):
    assert Messenger(NotifySettings((webhook.url,), on)).tell_run({**RUN, **run}, "/srv/run.json") == ""
    return webhook.kept


def test_a_webhook_is_told_with_counts_and_paths(webhook):
    (message,) = told(webhook, {})
    assert message["title"] == "Customer Analytics Reporting: 2026-10 version 2, published"
    assert message["message"] == ("53 recipients, 8,320 CSV files, 216 PDF reports.\nrun.json: /srv/run.json")
    assert message["type"] == "success"


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("published", "success"),
        ("unchanged", "success"),
        ("awaits_approval", "warning"),
        ("held_back", "warning"),
        ("failed", "failure"),
        ("dry_run", None),
    ],
)
def test_each_outcome_is_told_as_what_it_is(outcome, kind, webhook):
    kept = told(webhook, {"outcome": outcome, "version": None, "files": None})
    assert [message["type"] for message in kept] == ([kind] if kind else [])


def test_only_what_is_asked_for_is_told(webhook):
    assert told(webhook, {"outcome": "published"}, on=("held", "failed")) == []
    assert len(told(webhook, {"outcome": "held_back"}, on=("held", "failed"))) == 1


def test_a_message_says_why_it_was_held_back_and_no_figure_nor_identifier(webhook):
    reasons = ["alerts: 1 new file rejected; a.csv: MPxN 1234567890123 of 00-DB-12-34-56-78-90-A1"]
    (message,) = told(webhook, {"outcome": "held_back", "held_back": reasons})
    assert "alerts: 1 new file rejected; a.csv" in message["message"]
    text = json.dumps(message)
    assert not re.search(r"1234567890123|00-DB|987,?654|0\.97", text)


def test_mail_goes_out(mail):
    assert Messenger(NotifySettings((mail.url,))).tell_run(RUN, "/srv/run.json") == ""
    (message,) = mail.kept
    assert "Subject: Customer Analytics Reporting: 2026-10 version 2, published" in message
    assert "To: ops@example.org" in message


@pytest.mark.parametrize(
    "url",
    [
        "workflows://host/workflow/signature",
        "mailtos://u:p@example.org",
    ],
)
def test_teams_and_mail_over_tls_are_places(url):
    Messenger(NotifySettings((url,)))


def test_a_place_that_does_not_answer_is_a_warning_that_names_no_address(webhook, capfd):
    webhook.answers = 500
    gone = f"json://127.0.0.1:{free_port()}/hush"
    for urls in ((webhook.url,), (gone,), (gone, webhook.url)):
        said = Messenger(NotifySettings(urls)).tell_run(RUN, "/srv/run.json")
        assert said == "A message could not be sent to every place that is configured (CAR_NOTIFY_URLS)."
    assert "hush" not in "".join(capfd.readouterr())


def test_an_address_that_is_none_is_told_by_its_place_alone():
    with pytest.raises(UsageFault, match="the address in place 2") as fault:
        Messenger(NotifySettings(("json://127.0.0.1", "carrier-pigeon://hush")))
    assert "hush" not in str(fault.value) + repr(NotifySettings(("hush",)))


@pytest.mark.parametrize(
    ("module", "begin"),
    [
        ("apprise", lambda: Messenger(NotifySettings(("json://127.0.0.1",)))),
        ("prometheus_client", metrics.require),
    ],
)
def test_what_is_not_installed_is_told_with_the_way_to_have_it(module, begin, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageFault, match=r"pip install 'car\[notify\]'"):
        begin()
    Messenger(NotifySettings())  # who asks for nothing needs nothing


def test_an_event_that_there_is_not_is_told_with_the_nearest():
    with pytest.raises(ValueError, match=r"no event `fail`\. Did you mean `failed`"):
        NotifySettings(on=("fail",))


def samples(file):
    """The numbers of a file, by name and the values of their labels in order."""
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
    }


def test_metrics_are_the_numbers_of_the_run(tmp_path):
    file = tmp_path / "car.prom"
    for _ in range(2):
        metrics.write_metrics(RUN, file, datetime(2026, 11, 6, tzinfo=UTC))
    found = samples(file)
    expected = {
        ("car_run_info", "2", MONTH, RUN["run_id"], "abc"): 1,
        ("car_run_outcome", "published"): 1,
        ("car_run_outcome", "held_back"): 0,
        ("car_run_ended_timestamp_seconds",): 1793923200,
        ("car_run_step_seconds", "build"): 100,
        ("car_run_rows", "accepted", "alerts"): 80,
        ("car_run_rows", "alerts", "quarantined"): 10,
        ("car_run_files_rejected", "alerts"): 1,
        ("car_run_files_rejected", "commentary"): 0,
        ("car_run_held_back_reasons",): 0,
        ("car_run_csv_files",): 8320,
        ("car_run_csv_bytes",): 5_000_000,
        ("car_run_pdf_reports",): 216,
    }
    assert {key: found.get(key) for key in expected} == expected
    assert sum(value for key, value in found.items() if key[0] == "car_run_outcome") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["car.prom"]


def test_a_run_that_failed_early_has_metrics_too(tmp_path):
    file = tmp_path / "car.prom"
    metrics.write_metrics({"outcome": "failed", "reporting_month": MONTH}, file)
    found = samples(file)
    assert found["car_run_outcome", "failed"] == 1 and ("car_run_csv_files",) not in found


def test_a_run_tells_however_it_ends(run_month, webhook, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("CAR_NOTIFY_URLS", webhook.url)
    config = tmp_path / "car.toml"
    config.write_text(f'[metrics]\nfile = "{tmp_path / "car.prom"}"\n')
    ends = [
        ([], 0, "2026-10 version 1, published"),
        (["--vars", "{held: true}"], 3, "2026-10, held back"),
        (["--vars", "{fails: true}"], 1, "2026-10, failed"),
        (["--vars", "{nothing: 1}"], 2, None),
    ]
    for arguments, code, title in ends:
        webhook.kept.clear()
        result = run_month("--config", config, *arguments)
        assert result.exit_code == code, result.output
        titles = [message["title"] for message in webhook.kept]
        assert titles == ([f"Customer Analytics Reporting: {title}"] if title else [])
        assert "hush" not in result.output
    assert samples(tmp_path / "car.prom")["car_run_outcome", "failed"] == 1


def test_a_message_that_cannot_be_sent_or_a_file_that_cannot_be_written_fails_no_run(
    run_month,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    monkeypatch.setenv("CAR_NOTIFY_URLS", f"json://127.0.0.1:{free_port()}/hush")
    config = tmp_path / "car.toml"
    config.write_text(f'[metrics]\nfile = "{tmp_path / "none" / "car.prom"}"\n')
    result = run_month("--config", config)
    assert result.exit_code == 0, result.output
    assert "Warning: A message could not be sent" in result.output
    assert "Warning: The file of metrics could not be written: No such file" in result.output


def test_a_wrong_address_stops_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("CAR_NOTIFY_URLS", "carrier-pigeon://hush")
    (tmp_path / "landing").mkdir()
    result = car_command(
        "run", "--landing", tmp_path / "landing", "--out", tmp_path / "out", "--month", MONTH
    )
    assert result.exit_code == 2 and "the address in place 1" in result.output
    assert "hush" not in result.output and not (tmp_path / "out" / "runs").exists()
