"""Publishing survives being killed at every step, a full disk, a read-only folder, and company.

After each fault what was published is still there and whole, and the next plain run succeeds without any
cleaning and ends in the same bytes as a run that nothing ever happened to.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
from functools import partial

import duckdb
import pytest
from conftest import DEVICES, MONTH, device, land_register
from faults import Faults
from releases import assert_whole, left_over, published

from car.month import publish_again

# Each takes seconds, and there are many: CI deals them out over commits.
pytestmark = pytest.mark.turn()

ONE = ("ALPHA", "IS", "One", "2020-01-01")
TWO = ("BETA", "GS", "Two", "2021-01-01")


@pytest.fixture(scope="module")
def server():
    with Faults() as faults:
        yield faults


@pytest.fixture
def faults(server, landed_project):
    """Runs commands on the small project, with a fault where one is asked for."""
    return partial(server.run, project=landed_project)


@pytest.fixture
def second_version(warehouse, out, machine, reporter):
    """Version 1 is published, and the warehouse holds version 2; gives the command that publishes it."""
    warehouse.obligations = [owed for owed in warehouse.obligations if owed[0] == "ALPHA"]
    warehouse.build()
    publish_again(out, warehouse.path, False, machine, reporter)
    warehouse.devices = [device(device_id="D1"), device(device_id="D3")]
    warehouse.by_srv.pop()
    warehouse.build()
    return ["publish", "--out", out, "--warehouse", warehouse.path, "--threads", 1]


@pytest.fixture
def small_run(tmp_path, out):
    """A landing zone of one register; gives the command that does the whole month's job on it."""
    land_register(tmp_path / "landing", 1, ONE, TWO)
    return ["run", "--landing", tmp_path / "landing", "--out", out, "--month", MONTH, "--threads", 1]


class Pristine:
    """A folder that is put back as it was before every fault."""

    def __init__(self, folder, copy):
        self._folder, self._copy = folder, copy
        shutil.copytree(folder, copy, symlinks=True)

    def restore(self):
        shutil.rmtree(self._folder)
        shutil.copytree(self._copy, self._folder, symlinks=True)


def undisturbed(faults, command, out):
    """What a run publishes that nothing happens to, and the changes that it makes on the way."""
    done = faults(*command)
    assert done.exit_code == 0, done.output
    assert_whole(out)
    assert left_over(out) == []
    return published(out), done.changes


def add_devices(warehouse, count):
    """Give ALPHA many more Devices, so that DuckDB has to write for a while."""
    nulls = ", ".join("null" for _ in list(DEVICES)[5:])
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute(
            f"insert into devices select '{MONTH}', 'ALPHA', 'IS', md5(i::varchar), repeat('x', 40), {nulls}"
            f" from range({count}) as numbers (i)"
        )


# ---- killed -------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_publication_killed_at_any_change_of_the_disk(second_version, faults, out, tmp_path):
    pristine = Pristine(out, tmp_path / "pristine")
    before = published(out)
    wanted, changes = undisturbed(faults, second_version, out)
    assert wanted[f"{MONTH}/current"] == "v2"
    assert {event for event, _ in changes} == {
        "open", "copied", "os.mkdir", "os.rename", "os.symlink", "os.chmod", "os.remove",
    }  # fmt: skip
    assert len(changes) >= 30
    for point, change in enumerate(changes):
        pristine.restore()
        killed = faults(*second_version, kill_at=point)
        assert killed.exit_code is None and killed.changes[-1][0] == change[0]
        assert_whole(out)
        seen = published(out)
        log = f"{MONTH}/log.jsonl"
        assert seen[log][: len(before[log])] == before[log]
        switched = {name: seen[name] for name in (f"{MONTH}/current", log)}
        assert seen.items() >= {**before, **switched}.items()
        again = faults(*second_version)
        assert again.exit_code == 0, (change, again.output)
        assert published(out) == wanted, change
        assert left_over(out) == []


@pytest.mark.long
def test_a_publication_killed_while_duckdb_writes_a_csv(warehouse, out, faults, machine, reporter):
    publish_again(out, warehouse.path, False, machine, reporter)
    before = published(out)
    add_devices(warehouse, 200_000)
    command = ["publish", "--out", out, "--warehouse", warehouse.path]
    staged = f"{out}/releases/{MONTH}/.staging-*/parties/ALPHA/inventory/IS/*devices.csv"
    killed = faults(*command, kill_when=staged)
    assert killed.exit_code is None
    (half,) = (out / "releases" / MONTH).glob(".staging-*/parties/ALPHA/inventory/IS/*devices.csv")
    assert 0 < half.stat().st_size < 200_000 * 80
    assert published(out) == before
    assert faults(*command).exit_code == 0
    assert_whole(out)
    assert published(out)[f"{MONTH}/v2/parties/ALPHA/inventory/IS/devices.csv"].count(b"\n") == 200_003
    assert left_over(out) == []


# One file that is written, or one name that is given, in each step of a run on the small project: the ends of
# their paths, in order. What a release holds is swept change by change above.
STEPS = [
    "/.car/landing",  # the new index takes the place of the old one
    "/partial_parse.msgpack",
    "/run/tiny/models/devices.sql",
    "/run_results.json",
    f"/{MONTH}/v1",
    f"/{MONTH}/current",  # the first switch of the month: until then there is none
]


@pytest.mark.long
def test_a_run_killed_at_every_step_from_check_to_switch(small_run, faults, out, tmp_path):
    """The wrecks are never cleared away: each run starts from that of the one before."""
    elsewhere = tmp_path / "undisturbed"
    wanted, _ = undisturbed(faults, [elsewhere if word == out else word for word in small_run], elsewhere)
    for point in STEPS:
        killed = faults(*small_run, kill_on=point)
        assert killed.exit_code is None, (point, killed.output)
        assert_whole(out)
        assert set(published(out)) <= set(wanted)
    faults(*small_run, kill_after_s=0.5)  # wherever that hits
    assert_whole(out)
    assert undisturbed(faults, small_run, out)[0] == wanted


@pytest.mark.long
def test_a_rollback_killed_at_any_change_of_the_disk(second_version, faults, out, tmp_path):
    undisturbed(faults, second_version, out)
    command = ["rollback", "--out", out, "--month", MONTH, "--to", 1]
    pristine = Pristine(out, tmp_path / "pristine")
    wanted, changes = undisturbed(faults, command, out)
    assert wanted[f"{MONTH}/current"] == "v1" and len(changes) >= 8
    assert [(line["from"], line["to"], line["holds"]) for line in wanted[f"{MONTH}/log.jsonl"]] == [
        (None, 1, False),
        (1, 2, False),
        (2, 1, True),
    ]
    for point, _ in enumerate(changes):
        pristine.restore()
        assert faults(*command, kill_at=point).exit_code is None
        assert_whole(out)
        again = faults(*command)
        assert again.exit_code == 0, again.output
        assert published(out) == wanted
        assert left_over(out) == []


# ---- no space, no right to write ----------------------------------------------------------------------


@pytest.mark.long
def test_a_disk_that_fills_up_at_any_change(second_version, faults, out):
    """From the nth change on there is no space; what the run before left is never cleared away."""
    before = published(out)
    told = 0
    for point in range(100):
        done = faults(*second_version, fail_from=point)
        assert_whole(out)
        if done.exit_code == 0:
            break
        assert done.exit_code == 1, (done.changes[-1], done.output)
        assert "No space left on the disk" in done.output and "free some and run again" in done.output
        assert "Traceback" not in done.output
        assert published(out).items() >= before.items()  # `current` among them
        told += 1
    assert told >= 12
    assert left_over(out) == []
    assert published(out)[f"{MONTH}/current"] == "v2"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 24 MiB of its own; gives its folder."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"may not mount a small file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_disk_that_is_full(small_disk, warehouse, faults):
    """DuckDB finds no space while it sorts and writes the files."""
    command = ["publish", "--out", small_disk / "out", "--warehouse", warehouse.path, "--threads", 1]
    before, _ = undisturbed(faults, command, small_disk / "out")
    add_devices(warehouse, 60_000)
    for left_kib in (16, 2048):
        free = os.statvfs(small_disk)
        (small_disk / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize - 1024 * left_kib))
        done = faults(*command)
        assert done.exit_code == 1, done.output
        assert "No space left on the disk" in done.output and "free some and run again" in done.output
        assert published(small_disk / "out") == before
        (small_disk / "ballast").unlink()
    assert undisturbed(faults, command, small_disk / "out")[0][f"{MONTH}/current"] == "v2"


@pytest.mark.parametrize("closed", ["", "releases", f"releases/{MONTH}", ".car", "runs"])
def test_a_folder_that_may_not_be_written(closed, second_version, faults, out):
    before = published(out)
    (out / closed).chmod(0o555)
    if closed == "":
        (out / ".car").chmod(0o555)
    done = faults(*second_version, unprivileged=True)
    for folder in {out, out / ".car", out / closed}:
        folder.chmod(0o755)
    if closed in ("releases", "runs"):  # what it needs there was there: the month's folder, or nothing
        assert done.exit_code == 0
    else:
        assert done.exit_code == 1, done.output
        assert "Not allowed to write there" in done.output and "Choose another folder" in done.output
        assert published(out) == before
    assert undisturbed(faults, second_version, out)[0][f"{MONTH}/current"] == "v2"


# ---- company ------------------------------------------------------------------------------------------


def test_two_commands_at_once(second_version, faults, server, out):
    """One stops in the middle: others that change something are refused, and readers are not disturbed."""
    before = published(out)
    ended = []
    with Faults() as other:
        first = threading.Thread(target=lambda: ended.append(faults(*second_version, stop_at=20)))
        first.start()
        process = server.wait_until_stopped()
        try:
            for command in (second_version, ["rollback", "--out", out, "--month", MONTH, "--to", 1]):
                refused = other.run(*command)
                assert refused.exit_code == 1
                assert f"is in use by `car publish --warehouse w.duckdb` (process {process}" in refused.output
                assert "Wait for it to end" in refused.output
            assert other.run("verify", "--out", out).exit_code == 0
            assert other.run("status", "--out", out).exit_code == 0
            assert published(out) == before
        finally:
            os.kill(process, signal.SIGCONT)
            first.join()
    assert ended[0].exit_code == 0
    assert_whole(out)
    assert published(out)[f"{MONTH}/current"] == "v2"


def test_a_warehouse_in_use_and_files_that_may_not_grow(small_run, faults, out, tmp_path):
    before, _ = undisturbed(faults, small_run, out)
    land_register(tmp_path / "landing", 2, ONE, ("BETA", "GS", "Other", "2021-01-01"))
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(out / ".car" / "warehouse.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        done = faults(*small_run)
        holder.stdin.close()
    assert done.exit_code == 1
    assert f"The warehouse is in use by process {holder.pid}" in done.output
    assert "Wait for it or close it, and run again" in done.output
    assert published(out) == before
    # Too short for the landing index, and for what dbt parses of the project.
    for limit_bytes, more in ((3_000, []), (300_000, ["--vars", "doubts: true"])):
        done = faults(*small_run, *more, longest_file_bytes=limit_bytes)
        assert done.exit_code == 1, done.output
        assert "may not get any longer" in done.output and "lift the limit" in done.output
        assert "Traceback" not in done.output
        assert published(out) == before
    assert undisturbed(faults, small_run, out)[0][f"{MONTH}/current"] == "v2"
