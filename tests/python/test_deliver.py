"""`car deliver`: what reaches a recipient's place, on servers of this machine, whatever goes wrong there."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import delivery_servers
import pytest
from delivery_servers import PASSWORD
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from test_cli import car_command
from test_notify import webhook  # noqa: F401 - a fixture

from car.config import Config
from car.deliver import command, folder, patience
from car.deliver import place as places
from car.deliver.address import read_address
from car.deliver.settings import TABLE, DeliverySettings, read_table
from car.errors import CarError, UsageFault
from car.release.receipts import last_receipts

MONTH = "2026-10"
KINDS = ("folder", "sftp", "webdav", "s3", "sharepoint")
MIB = 1 << 20


# ---- releases and places --------------------------------------------------------------------------------


class Out:
    """An output folder whose versions a test gives: the files of each recipient, `industry` among them."""

    def __init__(self, path):
        self.path = path

    def version(self, recipients, month=MONTH):
        """Write a version and put it in force; gives its number."""
        above = self.path / "releases" / month
        number = len(list(above.glob("v*"))) + 1
        manifests = {}
        for recipient, files in recipients.items():
            below = "industry" if recipient == "industry" else f"parties/{recipient}"
            manifests[recipient] = self._folder(above / f"v{number}" / below, recipient, files)
        run = {
            "version": number,
            "reporting_month": month,
            "industry_manifest": manifests.pop("industry", None),
        }
        run["manifests"] = manifests
        (above / f"v{number}" / "run.json").write_text(json.dumps(run))
        self.in_force(number, month)
        return number

    def _folder(self, place, recipient, files):
        place.mkdir(parents=True)
        listed = []
        for path, content in files.items():
            file = place / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            listed.append({"path": path, "bytes": len(content), "sha256": digest, "rows": 1})
        manifest = json.dumps({"party_id": recipient, "files": listed}).encode()
        (place / "manifest.json").write_bytes(manifest)
        return hashlib.sha256(manifest).hexdigest()

    def in_force(self, number, month=MONTH):
        link = self.path / "releases" / month / "current"
        link.unlink(missing_ok=True)
        link.symlink_to(f"v{number}")

    def expected(self, recipient, month=MONTH):
        """What the place of a recipient has to hold of a month: the content of each file by its path."""
        release = self.path / "releases" / month / "current"
        own = release / ("industry" if recipient == "industry" else f"parties/{recipient}")
        parts = {"": own} if recipient == "industry" else {"": own, "industry/": release / "industry"}
        return {
            f"{month}/{below}{path.relative_to(part).as_posix()}": path.read_bytes()
            for below, part in parts.items()
            for path in part.rglob("*")
            if path.is_file()
        }


def marker(recipient):
    return {"recipient.json": (json.dumps({"recipient": recipient}) + "\n").encode()}


@dataclass
class Kind:
    """Places of one kind: the URL of each party's, and what is in it."""

    name: str
    url: str
    read: Any
    write: Any
    server: Any = None
    environment: dict = field(default_factory=dict)

    def of(self, party):
        return self.url.replace("{party_id}", party)


def _folder_kind(root):
    def read(party):
        top = root / party
        return {p.relative_to(top).as_posix(): p.read_bytes() for p in top.rglob("*") if p.is_file()}

    def write(party, path, content):
        file = root / party / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    return read, write


def _kind(name, tmp_path, stack, monkeypatch):
    root = tmp_path / "places"
    read, write = _folder_kind(root)
    if name == "folder":
        return Kind(name, f"{root}/{{party_id}}", read, write)
    if name == "sftp":
        server = stack.enter_context(delivery_servers.sftp(root))
        known = tmp_path / "known_hosts"
        known.write_text(server.known)
        environment = {"CAR_DELIVERY_KNOWN_HOSTS": str(known), "CAR_DELIVERY_SFTP_PASSWORD": PASSWORD}
        return Kind(name, server.url + "/{party_id}", read, write, server, environment)
    if name == "webdav":
        url = stack.enter_context(delivery_servers.webdav(root))
        environment = {"CAR_DELIVERY_WEBDAV_PASSWORD": PASSWORD}
        return Kind(name, url + "/{party_id}", read, write, None, environment)
    if name == "s3":
        bucket = f"reports-{tmp_path.name.replace('_', '-').lower()}"[:63].rstrip("-[]")
        endpoint, client = stack.enter_context(delivery_servers.s3(bucket))
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "car",
            "AWS_SECRET_ACCESS_KEY": PASSWORD,
            "AWS_DEFAULT_REGION": "eu-west-2",
        }

        def objects(party):
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"to/{party}/")
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
            return {
                key.removeprefix(f"to/{party}/"): client.get_object(Bucket=bucket, Key=key)["Body"].read()
                for key in keys
            }

        def put(party, path, content):
            client.put_object(Bucket=bucket, Key=f"to/{party}/{path}", Body=content)

        return Kind(name, f"s3://{bucket}/to/{{party_id}}", objects, put, client, environment)
    share = stack.enter_context(delivery_servers.sharepoint())
    made = places._graph_client
    monkeypatch.setattr(places, "_graph_client", lambda s: {**made(s), "transport": share.transport()})
    keys = ("TENANT", "CLIENT", "SECRET")
    environment = {f"CAR_DELIVERY_SHAREPOINT_{key}": f"the-{key.lower()}" for key in keys}

    def files(party):
        below = f"/to/{party}/"
        return {p.removeprefix(below): c for p, c in share.files().items() if p.startswith(below)}

    def upload(party, path, content):
        at = "root"
        for part in ("to", party, *path.split("/")[:-1]):
            item = share.find(at, part)
            if item is None:
                item = share.make(at, part)
            at = item.id
        share.put(at, path.split("/")[-1], content)

    url = "sharepoint://tenant.sharepoint.com/sites/Reports/Shared%20Documents/to/{party_id}"
    return Kind(name, url, files, upload, share, environment)


@pytest.fixture(params=KINDS)
def kind(request, tmp_path, monkeypatch):
    with ExitStack() as stack:
        made = _kind(request.param, tmp_path, stack, monkeypatch)
        for name, value in {"CAR_DELIVERY_PAUSE_S": "0", **made.environment}.items():
            monkeypatch.setenv(name, value)
        yield made


def only(*names):
    return pytest.mark.parametrize("kind", names, indirect=True)


@pytest.fixture
def out(tmp_path):
    return Out(tmp_path / "out")


V1 = {
    "ALPHA": {"inventory/IS/devices.csv": b"a,b\n1,2\n", "index.html": b"<html>", "empty.csv": b""},
    "BETA": {"inventory/GS/devices.csv": b"a,b\n3,4\n"},
    "industry": {"measures.csv": b"m\n1\n"},
}
V2 = {
    "ALPHA": {"inventory/IS/devices.csv": b"a,b\n9,2\n", "alerts/IS/alerts.csv": b"x\n", "empty.csv": b""},
    "BETA": {"inventory/GS/devices.csv": b"a,b\n3,4\n"},
}


def deliver(out, *arguments, code=0):
    result = car_command("deliver", "--out", out.path, *arguments)
    assert result.exit_code == code, result.output
    return result.output


def deliver_json(out, *arguments, code=0):
    result = car_command("deliver", "--out", out.path, "--json", *arguments)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def table(tmp_path, **recipients):
    file = tmp_path / "car.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in recipients.items()]
    file.write_text("\n".join(["[deliver]", *lines]) + "\n")
    return ("--config", str(file))


# ---- what reaches a place, of whatever kind -------------------------------------------------------------


def test_a_place_holds_just_what_is_in_force_whatever_it_held_before(kind, out):
    out.version(V1)
    done = deliver_json(out, "--to", kind.url)
    assert [(one["recipient"], one["outcome"], one["files_sent"]) for one in done["deliveries"]] == [
        ("ALPHA", "delivered", 4),
        ("BETA", "delivered", 2),
    ]
    for party in ("ALPHA", "BETA"):
        assert kind.read(party) == {**marker(party), **out.expected(party)}

    # Once more, nothing is sent.
    again = deliver_json(out, "--to", kind.url)
    assert {(one["outcome"], one["files_sent"]) for one in again["deliveries"]} == {("there_already", 0)}

    # What the recipient has put there stays; what is no longer published goes, the industry's folder too.
    kind.write("ALPHA", f"{MONTH}/notes.txt", b"ours")
    out.version(V2)
    done = deliver_json(out, "--to", kind.url)["deliveries"][0]
    assert (done["files_sent"], done["files_there"], done["files_removed"]) == (2, 1, 2)
    assert kind.read("ALPHA") == {
        **marker("ALPHA"),
        **out.expected("ALPHA"),
        f"{MONTH}/notes.txt": b"ours",
    }

    # After a rollback, what is in force again.
    out.in_force(1)
    deliver(out, "--to", kind.url)
    expected = {**marker("ALPHA"), **out.expected("ALPHA"), f"{MONTH}/notes.txt": b"ours"}
    assert kind.read("ALPHA") == expected


def test_a_place_that_is_anothers_is_left_as_it_is(kind, out):
    out.version(V1)
    kind.write("ALPHA", "recipient.json", b'{"recipient": "BETA"}')
    told = deliver(out, "--to", kind.url, code=1)
    assert "recipient.json there says that the place is of another recipient, BETA" in told
    assert "1 of 2 recipients could not be delivered to: ALPHA." in told
    assert kind.read("ALPHA") == {"recipient.json": b'{"recipient": "BETA"}'}
    assert kind.read("BETA") == {**marker("BETA"), **out.expected("BETA")}


def test_what_is_half_there_is_made_whole(kind, out):
    out.version(V1)
    kind.write("ALPHA", f"{MONTH}/inventory/IS/devices.csv", b"a,b\n1,2\n")  # as it shall be
    kind.write("ALPHA", f"{MONTH}/index.html", b"<htm??")  # as long, and another
    kind.write("ALPHA", f"{MONTH}/empty.csv.part", b"half")
    listed = {"files": [{"path": "old.csv"}, {"path": "../../outside.csv"}, {"path": "empty.csv"}]}
    kind.write("ALPHA", f"{MONTH}/delivering.json", json.dumps(listed).encode())
    kind.write("ALPHA", f"{MONTH}/old.csv", b"gone")
    kind.write("BETA", "outside.csv", b"stays")
    kind.write("ALPHA", "outside.csv", b"stays")
    done = deliver_json(out, "--to", kind.url)["deliveries"][0]
    assert (done["files_sent"], done["files_there"], done["files_removed"]) == (3, 1, 1)
    assert kind.read("ALPHA") == {
        **marker("ALPHA"),
        **out.expected("ALPHA"),
        "outside.csv": b"stays",
    }
    assert kind.read("BETA")["outside.csv"] == b"stays"


def test_what_arrives_as_something_else_is_sent_again(kind, out, monkeypatch):
    out.version({"ALPHA": {"a.csv": b"right"}})
    real, damaged = places.Place.sha256, []

    def sha256(place, path):
        if "a.csv" in path and not damaged:
            damaged.append(path)
            kind.write("ALPHA", path, b"wrong")
        return real(place, path)

    monkeypatch.setattr(places.Place, "sha256", sha256)
    deliver(out, "--to", kind.url)
    assert damaged and kind.read("ALPHA") == {**marker("ALPHA"), **out.expected("ALPHA")}


def test_what_always_arrives_as_something_else_is_a_failure_without_a_manifest(kind, out, monkeypatch):
    out.version({"ALPHA": {"a.csv": b"right"}})
    real = places.Place.sha256
    monkeypatch.setattr(places.Place, "sha256", lambda p, path: "" if "a.csv" in path else real(p, path))
    assert "another content has arrived" in deliver(out, "--to", kind.url, code=1)
    assert f"{MONTH}/manifest.json" not in kind.read("ALPHA")
    if kind.name not in ("s3", "sharepoint"):
        assert f"{MONTH}/a.csv" not in kind.read("ALPHA")


_MEASURED = """
import json, sys
from car.cli import app
from car.deliver import place
if port := json.loads(sys.argv[1]):
    from delivery_servers import _Rerouted
    made = place._graph_client
    place._graph_client = lambda s: {**made(s), "transport": _Rerouted(port)}
sys.argv = ["car", *sys.argv[2:]]
try:
    app()
finally:
    (peak,) = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
    print(peak, file=sys.stderr)
"""


def peak_mib(kind, out, size_bytes):
    """Deliver a file of so many bytes in a process of its own; gives the most memory that it had (MiB)."""
    shutil.rmtree(out.path, ignore_errors=True)
    block = hashlib.sha256(str(size_bytes).encode()).digest() * (MIB // 32)
    content = block * (size_bytes // MIB)
    out.version({"ALPHA": {"large.bin": content}})
    arguments = ["deliver", "--out", str(out.path), "--to", kind.url]
    port = json.dumps(kind.server.transport()._port if kind.name == "sharepoint" else None)
    here = str(Path(__file__).parent)
    result = subprocess.run(
        [sys.executable, "-c", _MEASURED, port, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])},
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert kind.read("ALPHA")[f"{MONTH}/large.bin"] == content
    return int(result.stderr.split("VmHWM:")[1].split()[0]) // 1024


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="nothing here tells of memory")
@pytest.mark.turn()
def test_a_large_file_takes_no_more_memory_than_a_small_one(kind, out):
    # Answers of SharePoint, with the parts that were sent, wait for Python's collector: some dozens of them.
    small, large = (80, 200) if kind.name == "sharepoint" else (20, 80)
    some, more = peak_mib(kind, out, small * MIB), peak_mib(kind, out, large * MIB)
    assert more - some < 0.75 * (large - small), (some, more)


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="nothing here tells of memory")
@pytest.mark.long(minutes=True)
def test_a_file_of_a_gigabyte_takes_no_more_memory_than_one_of_50_megabytes(kind, out):
    some, more = peak_mib(kind, out, 50 * MIB), peak_mib(kind, out, 1024 * MIB)
    assert more - some < 100, (some, more)


# ---- interruptions --------------------------------------------------------------------------------------


class Cut(BaseException):
    """Ends a delivery as a power cut does."""


_CONTENTS = st.dictionaries(
    st.sampled_from(["a.csv", "b/c.csv", "b/d.csv", "e.pdf"]), st.sampled_from([b"", b"1", b"2"]), max_size=4
)


@given(
    versions=st.lists(st.tuples(_CONTENTS, st.none() | st.integers(0, 40)), min_size=1, max_size=4),
    last=_CONTENTS,
)
@hypothesis_settings(max_examples=150, deadline=None)
# The second ends before delivering.json has its name, and the third is as the first.
@example(versions=[({}, None), ({"a.csv": b"1"}, 1)], last={})
def test_whatever_was_interrupted_when_the_next_delivery_makes_it_right(versions, last, tmp_path_factory):
    base = tmp_path_factory.mktemp("cut")
    out, at = Out(base / "out"), base / "place"
    root = folder.Folder(
        places.Place(read_address(str(at), ""), DeliverySettings()),
        MONTH,
        patience.Patience(DeliverySettings(attempts=1), lambda: None),
    )

    def now_there():
        return {p.relative_to(at).as_posix(): p.read_bytes() for p in at.rglob("*") if p.is_file()}

    for content, cut_after in [*versions, (last, None)]:
        number = out.version({"ALPHA": content})
        release = out.path / "releases" / MONTH / f"v{number}" / "parties" / "ALPHA"
        published = folder.read_published(release, None)
        left = [cut_after]
        with pytest.MonkeyPatch.context() as patched:
            for name in ("put", "remove", "_rename"):
                patched.setattr(places.Place, name, _cut(getattr(places.Place, name), left))
            try:
                folder.deliver_folder(root, published, threading.Event())
            except Cut:
                # Whoever reads it meanwhile: what a manifest lists is there.
                _assert_listed(now_there())
                continue
        assert now_there() == {
            f"{MONTH}/{path.relative_to(release).as_posix()}": path.read_bytes()
            for path in release.rglob("*")
            if path.is_file()
        }


def _cut(method, left):
    def until_cut(*arguments):
        if left[0] is not None:
            left[0] -= 1
            if left[0] < 0:
                raise Cut
        return method(*arguments)

    return until_cut


def _assert_listed(there):
    manifest = json.loads(there.get(f"{MONTH}/manifest.json", b'{"files": []}'))
    for file in manifest["files"]:
        content = there[f"{MONTH}/{file['path']}"]
        assert hashlib.sha256(content).hexdigest() == file["sha256"]


def test_a_signal_ends_it_between_two_files_and_the_next_goes_on(out, tmp_path):
    out.version({"ALPHA": {f"{number:03}.csv": b"x" * 20000 for number in range(400)}})
    to = str(tmp_path / "to" / "{party_id}")
    process = subprocess.Popen(
        [sys.executable, "-m", "car", "deliver", "--out", str(out.path), "--to", to],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    while not list((tmp_path / "to").rglob("01*.csv")) and process.poll() is None:
        time.sleep(0.01)
    process.terminate()
    _, told = process.communicate(timeout=60)
    assert process.returncode == 143 and "run the same command again" in told
    assert not list((tmp_path / "to").rglob("manifest.json"))
    status = car_command("status", "--out", out.path).output
    assert "delivered: not version 1 but 1 to 1 places (broken off at 1): ALPHA" in status
    done = deliver_json(out, "--to", to)["deliveries"][0]
    assert done["files_there"] > 0 and done["files_there"] + done["files_sent"] == 400
    assert "delivered: version 1 to 1 places" in car_command("status", "--out", out.path).output


# ---- faults of servers ----------------------------------------------------------------------------------


@only("sftp")
def test_a_server_whose_key_nobody_knows_gets_nothing(kind, out, tmp_path, monkeypatch):
    out.version(V1)
    for known in (tmp_path / "none", tmp_path / "other"):
        monkeypatch.setenv("CAR_DELIVERY_KNOWN_HOSTS", str(known))
        told = deliver(out, "--to", kind.url, code=1)
        assert "the server's key is not in the file of known hosts" in told
        assert kind.read("ALPHA") == {}
        (tmp_path / "other").write_text(kind.server.known.replace("127.0.0.1", "elsewhere"))


@only("sftp")
def test_a_connection_that_is_lost_is_made_again(kind, out, monkeypatch):
    out.version(V1)
    real, cut = places.Place.put, []

    def put(place, path, *rest):
        if path.endswith("devices.csv") and len(cut) < 2:
            cut.append(path)
            kind.server.cut_off()
        return real(place, path, *rest)

    monkeypatch.setattr(places.Place, "put", put)
    deliver(out, "--to", kind.url)
    assert len(cut) == 2
    assert kind.read("ALPHA") == {**marker("ALPHA"), **out.expected("ALPHA")}


@only("sftp", "webdav")
def test_a_wrong_password_is_said_and_never_shown(kind, out, monkeypatch):
    out.version(V1)
    for name in ("SFTP", "WEBDAV"):
        monkeypatch.setenv(f"CAR_DELIVERY_{name}_PASSWORD", "guessed-wrong")
    told = deliver(out, "--to", kind.url, code=1)
    assert "not accepted" in told and "guessed-wrong" not in told


@only("sharepoint")
def test_sharepoint_is_given_the_time_it_asks_for(kind, out):
    out.version({"ALPHA": {"a.csv": b"1"}})
    kind.server.throttled = 2
    deliver(out, "--to", kind.url)
    first, second = kind.server.waits
    assert second - first >= 1
    assert kind.read("ALPHA") == {**marker("ALPHA"), **out.expected("ALPHA")}


@only("sharepoint")
def test_a_token_that_has_expired_is_asked_for_anew(kind, out):
    out.version(V1)
    kind.server.expires = 25
    deliver(out, "--to", kind.url)
    assert kind.server.tokens > 1 and kind.server.expires is None
    assert kind.read("ALPHA") == {**marker("ALPHA"), **out.expected("ALPHA")}


@only("sharepoint")
def test_an_upload_that_breaks_off_begins_again(kind, out):
    out.version({"ALPHA": {"large.bin": os.urandom(25 * MIB)}})
    kind.server.breaks = 2
    deliver(out, "--to", kind.url)
    assert kind.server.breaks == 0 and kind.server.largest_body < 11 * MIB
    assert kind.read("ALPHA") == {**marker("ALPHA"), **out.expected("ALPHA")}


@only("sharepoint")
def test_a_library_or_site_that_is_only_like_it_is_not_taken(kind, out):
    out.version(V1)
    told = deliver(out, "--to", kind.url.replace("Shared%20Documents", "Shared"), code=1)
    assert "no library `Shared`; it has Other, Shared Documents" in told
    assert "the server answered 404" in deliver(
        out, "--to", kind.url.replace("/Reports/", "/Report/"), code=1
    )
    assert kind.read("ALPHA") == {}


def test_a_full_disk_is_told_at_once_and_stops_no_other(out, tmp_path, monkeypatch):
    out.version(V1)
    real, tried = places.Place.put, []

    def put(place, path, *rest):
        if "BETA" in place.address.path:
            tried.append(path)
            raise OSError(28, "No space left on device")
        return real(place, path, *rest)

    monkeypatch.setattr(places.Place, "put", put)
    told = deliver(out, "--to", tmp_path / "{party_id}", code=1)
    assert len(tried) == 1 and "BETA, 2026-10 version 1 could not be delivered" in told
    assert "No space left on device" in told and "1 of 2 recipients could not be delivered to: BETA." in told
    assert (tmp_path / "ALPHA" / MONTH / "manifest.json").is_file()


def test_a_release_that_is_not_as_published_is_not_delivered(out, tmp_path):
    out.version(V1)
    parties = out.path / "releases" / MONTH / "v1" / "parties"
    (parties / "ALPHA" / "index.html").write_bytes(b"<HTML>")
    (parties / "BETA" / "manifest.json").write_text('{"files": []}')
    told = deliver(out, "--to", tmp_path / "{party_id}", code=1)
    assert told.count("is not what was published: car verify names all that is not.") == 2
    assert not list(tmp_path.glob("*A/**/manifest.json")) and "ALPHA, BETA" in told


def test_what_passes_is_tried_again_with_longer_and_longer_pauses():
    waited, forgot = [], []
    trying = patience.Patience(
        DeliverySettings(attempts=4, pause_s=2.0), lambda: forgot.append(1), waited.append
    )

    def fails():
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        trying.do(fails)
    assert waited == [2.0, 4.0, 8.0] and len(forgot) == 3


@pytest.mark.parametrize(
    ("error", "is_hopeless"),
    [
        (ConnectionResetError("gone"), False),
        (TimeoutError(), False),
        (places.Damaged(5, "another content"), False),
        (OSError(28, "No space left on device"), True),
        (PermissionError(13, "no"), True),
        (CarError("no"), True),
        (FileNotFoundError(2, "no"), False),
    ],
)
def test_only_what_passes_is_tried_again(error, is_hopeless):
    assert patience.is_hopeless(error) is is_hopeless
    wrapped = TypeError("while looking at it")
    wrapped.__context__ = error
    assert patience.is_hopeless(wrapped) is is_hopeless


# ---- who gets what --------------------------------------------------------------------------------------


def test_the_table_says_where_each_goes_and_the_industry_may_have_several_places(out, tmp_path):
    out.version(V1)
    to = {name: str(tmp_path / name) for name in ("a", "b", "panel", "ofgem")}
    given = table(tmp_path, ALPHA=to["a"], BETA=to["b"], industry=[to["panel"], to["ofgem"]])
    deliver(out, *given)
    for name, recipient in (("a", "ALPHA"), ("b", "BETA"), ("panel", "industry"), ("ofgem", "industry")):
        read, _ = _folder_kind(tmp_path)
        assert read(name) == {**marker(recipient), **out.expected(recipient)}
    # A version without the industry's report takes it away there, too.
    out.version(V2)
    deliver(out, *given)
    assert read("panel") == marker("industry")


def test_who_has_no_place_and_who_is_not_known_is_told(out, tmp_path):
    out.version(V1)
    told = deliver(out, *table(tmp_path, ALPHA=str(tmp_path / "a"), BETTA=str(tmp_path / "b")))
    assert "No place is named for 1 recipients: BETA." in told
    assert "[deliver] names BETTA, of which no version in force has a folder. Did you mean `BETA`?" in told
    assert not (tmp_path / "b").exists()


def test_one_party_alone(out, tmp_path):
    out.version(V1)
    deliver(out, "--to", tmp_path / "to", "--party", "BETA")
    read, _ = _folder_kind(tmp_path)
    assert read("to") == {**marker("BETA"), **out.expected("BETA")}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--to", "to"], "--to must have {party_id} in it"),
        (["--to", "to/{party_id}", "--party", "BETTA"], "no version in force has a folder of betta"),
        (["--to", "sfpt://h/{party_id}"], "nothing is delivered by sfpt://. did you mean `sftp`?"),
        (["--to", "sftp://car:hush@h/{party_id}"], "--to has a password in it"),
        (["--to", "sftp:///x/{party_id}"], "--to names no host"),
        (["--to", "sharepoint://h/sites/{party_id}"], "sites/site/library"),
        (["--to", ""], "--to is empty"),
        (["--to", "file://x/{party_id}"], "with three strokes"),
        ([], "no place is named"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(
    arguments, told, out, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    out.version(V1)
    said = deliver(out, *arguments, code=2)
    assert told in said.lower() and "hush" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("recipients", "told"),
    [
        ({"ALPHA": 1}, "must be the URL of a place, as a text."),
        ({"ALPHA": ["/a", "/b"]}, "must be the URL of a place, as a text."),
        ({"industry": ["/a", 1]}, "or a list of such"),
        ({"ALPHA": "/srv/a", "BETA": "/srv/a"}, "ALPHA and BETA would share a place"),
        ({"ALPHA": "/srv", "BETA": "/srv/b"}, "ALPHA and BETA would share a place"),
        ({"ALPHA": "sftp://h/x", "BETA": "sftp://u@H/x/y", "C": "/x"}, "ALPHA and BETA would share a place"),
        ({"ALPHA": "/srv/a/../b", "industry": ["/srv/b"]}, "ALPHA and industry would share a place"),
        ({"ALPHA": "s3://key:hush@b/x"}, "has a password in it"),
    ],
)
def test_a_table_that_cannot_be_meant_is_refused(recipients, told):
    with pytest.raises(UsageFault, match=re.escape(told)) as fault:
        read_table(recipients, "car.toml")
    assert "hush" not in str(fault.value)


def test_places_beside_each_other_are_no_fault():
    read_table({"A": "/srv/a", "B": "/srv/ab", "C": "/srv/a b", "D": "sftp://h/srv/a"}, "car.toml")


def test_every_command_refuses_a_table_that_cannot_be_meant(out, tmp_path):
    out.version(V1)
    result = car_command("status", "--out", out.path, *table(tmp_path, ALPHA="sfpt://h"))
    assert result.exit_code == 2 and "Did you mean `sftp`?" in result.output


def test_the_configuration_shows_the_table_and_no_secret(tmp_path, monkeypatch):
    monkeypatch.setenv("CAR_DELIVERY_SFTP_PASSWORD", "hush")
    result = car_command("config", *table(tmp_path, ALPHA="sftp://h/a", industry=["/b"]))
    assert 'ALPHA = "sftp://h/a"' in result.output and 'industry = ["/b"]' in result.output
    assert '# sftp_password = "given"' in result.output and "hush" not in result.output
    assert "hush" not in repr(Config([DeliverySettings], free=[TABLE]).get(DeliverySettings))


# ---- months, receipts and status ------------------------------------------------------------------------


def test_an_earlier_month_is_delivered_where_its_receipt_is_of_another_version(out, tmp_path, monkeypatch):
    to = tmp_path / "{party_id}"
    out.version(V1, "2026-09")
    out.version(V1, "2026-10")
    months = [one["reporting_month"] for one in deliver_json(out, "--to", to)["deliveries"]]
    assert months == ["2026-09", "2026-10"] * 2
    read, _ = _folder_kind(tmp_path)
    both = {**marker("ALPHA"), **out.expected("ALPHA", "2026-09"), **out.expected("ALPHA")}
    assert read("ALPHA") == both
    # The newest is looked at each time, an earlier one not.
    months = [one["reporting_month"] for one in deliver_json(out, "--to", to)["deliveries"]]
    assert months == ["2026-10"] * 2
    out.version(V2, "2026-09")
    told = car_command("status", "--out", out.path).output
    assert "delivered: not version 2 but 1 to 2 places: ALPHA, BETA; `car deliver --out" in told
    assert "delivered: version 1 to 2 places" in told
    deliver(out, "--to", to)
    assert read("ALPHA") == {**marker("ALPHA"), **out.expected("ALPHA", "2026-09"), **out.expected("ALPHA")}
    # Broken off in the new version, and then rolled back: it is not what the first receipt says any more.
    out.in_force(1, "2026-09")
    real = folder.Folder.remove
    monkeypatch.setattr(folder.Folder, "remove", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    deliver(out, "--to", to, code=1)
    monkeypatch.setattr(folder.Folder, "remove", real)
    out.in_force(2, "2026-09")
    deliver(out, "--to", to)
    assert read("ALPHA") == {**marker("ALPHA"), **out.expected("ALPHA", "2026-09"), **out.expected("ALPHA")}


def test_a_receipt_says_what_went_where_and_when(out, tmp_path):
    out.version(V1)
    deliver(out, "--to", tmp_path / "{party_id}")
    receipt = last_receipts(out.path, MONTH)["ALPHA", str(tmp_path / "ALPHA")]
    assert (receipt.version, receipt.files, receipt.sent) == (1, 4, 4)
    sizes = [len(content) for part in ("ALPHA", "industry") for content in V1[part].values()]
    assert receipt.bytes == sum(sizes)
    assert receipt.begun_at < receipt.delivered_at
    hashes = {
        below: hashlib.sha256((tmp_path / "ALPHA" / MONTH / below / "manifest.json").read_bytes()).hexdigest()
        for below in ("", "industry")
    }
    assert receipt.manifests == hashes
    # Whoever looks again finds it there: the receipt is of when it came.
    deliver(out, "--to", tmp_path / "{party_id}")
    assert last_receipts(out.path, MONTH)["ALPHA", str(tmp_path / "ALPHA")] == receipt


def test_a_party_that_is_owed_nothing_any_more_loses_what_it_had(out, tmp_path):
    out.version(V1)
    deliver(out, "--to", tmp_path / "{party_id}")
    out.version({"ALPHA": V1["ALPHA"]})
    given = table(tmp_path, ALPHA=str(tmp_path / "ALPHA"), BETA=str(tmp_path / "BETA"))
    out.version(V1, "2026-11")  # it is known of another month
    deliver(out, *given)
    read, _ = _folder_kind(tmp_path)
    assert read("BETA") == {**marker("BETA"), **out.expected("BETA", "2026-11")}


@pytest.mark.parametrize("by_table", [True, False])
def test_a_party_that_only_receipts_know_any_more_loses_what_it_had(by_table, out, tmp_path):
    pattern = ["--to", tmp_path / "{party_id}"]
    out.version(V1)
    deliver(out, *pattern)
    out.version({"ALPHA": V1["ALPHA"]})
    assert "not version 2 but 1 to 2 places: ALPHA, BETA" in car_command("status", "--out", out.path).output
    given = table(tmp_path, ALPHA=str(tmp_path / "ALPHA"), BETA=str(tmp_path / "BETA"))
    told = deliver(out, *(given if by_table else pattern))
    read, _ = _folder_kind(tmp_path)
    assert read("BETA") == marker("BETA") and "BETA, 2026-10 version 2: 0 files written" in told
    assert "delivered: version 2 to 2 places" in car_command("status", "--out", out.path).output
    # Nothing is owed to it, so that nobody asks for a place of it.
    assert "No place is named" not in deliver(out, *table(tmp_path, ALPHA=str(tmp_path / "ALPHA")))


def test_status_names_who_got_nothing(out, tmp_path):
    out.version(V1)
    assert "delivered" not in car_command("status", "--out", out.path).output
    deliver(out, "--to", tmp_path / "{party_id}", "--party", "ALPHA")
    told = car_command("status", "--out", out.path).output
    assert "not delivered to 1 recipients: BETA" in told
    result = car_command("status", "--out", out.path, "--json")
    assert json.loads(result.stdout)["months"][0]["deliveries"] == {
        "places": 1,
        "other": [],
        "not_delivered": ["BETA"],
    }


def test_what_was_delivered_is_told(out, tmp_path, webhook, monkeypatch):  # noqa: F811
    monkeypatch.setenv("CAR_NOTIFY_URLS", webhook.url)
    out.version(V1)
    deliver(out, "--to", tmp_path / "{party_id}")
    (message,) = webhook.kept
    assert message["title"] == "Customer Analytics Reporting: delivered to 2 of 2 recipients"
    assert message["message"] == "2026-10 version 1: 2 recipients, 6 files written."
    assert message["type"] == "success"
    (tmp_path / "BETA" / "recipient.json").write_text("?")
    deliver(out, "--to", tmp_path / "{party_id}", code=1)
    assert webhook.kept[1]["type"] == "failure" and "1 of 2 recipients" in webhook.kept[1]["title"]
    assert "BETA" not in json.dumps(webhook.kept)


def test_two_deliveries_at_once_are_refused(out, tmp_path):
    from car import lock
    from car.workspace import work_dir

    out.version(V1)
    with lock.hold(work_dir(out.path), "car deliver", "deliver"):
        told = deliver(out, "--to", tmp_path / "{party_id}", code=1)
    assert "is in use by `car deliver`" in told
    # A run is in nobody's way.
    with lock.hold(work_dir(out.path), "car run"):
        deliver(out, "--to", tmp_path / "{party_id}")


@pytest.mark.parametrize(
    ("module", "url"),
    [
        ("sshfs", "sftp://h/{party_id}"),
        ("s3fs", "s3://b/{party_id}"),
        ("webdav4.fsspec", "webdavs://h/{party_id}"),
        ("msgraphfs", "sharepoint://h/sites/s/l/{party_id}"),
    ],
)
def test_what_is_not_installed_is_told_with_the_way_to_have_it(module, url, out, monkeypatch):
    out.version(V1)
    monkeypatch.setitem(sys.modules, module, None)
    for name in ("TENANT", "CLIENT", "SECRET"):
        monkeypatch.setenv(f"CAR_DELIVERY_SHAREPOINT_{name}", "x")
    assert "pip install 'car[deliver]'" in deliver(out, "--to", url, code=2)


def test_nothing_in_force_is_nothing_to_deliver(out, tmp_path):
    out.version(V1)
    (out.path / "releases" / MONTH / "current").unlink()
    assert "no version in force" in deliver(out, "--to", tmp_path / "{party_id}", code=2)
    assert command.failure({"deliveries": []}) is None
