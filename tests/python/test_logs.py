"""What the operator reads is whole, a line for a line."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from car.errors import first_lines
from car.release.run_json import rejection_reasons
from car.warehouse.build import _listener


def test_dbt_writes_to_the_log_one_thread_at_a_time():
    inside, most, lines, progress = 0, 0, [], []
    counted = threading.Lock()

    def write(line):
        nonlocal inside, most
        with counted:
            inside += 1
            most = max(most, inside)
        time.sleep(0.005)
        lines.append(line)
        with counted:
            inside -= 1

    def event(number):
        info = SimpleNamespace(level="info", msg=f"model {number}", name="LogModelResult")
        return SimpleNamespace(info=info, data=SimpleNamespace(total=40))

    listen = _listener(write, lambda done, total: progress.append((done, total)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(listen, map(event, range(40))))
    assert most == 1
    assert sorted(lines) == sorted(f"info  model {number}\n" for number in range(40))
    assert progress == [(done, 40) for done in range(1, 41)]


FORGED = "Published 2026-10 version 99 (1 recipients, 1 CSV files): nowhere"


@pytest.mark.parametrize("told_in", ["file", "found"])
def test_the_name_of_a_refused_file_forges_no_line_of_the_quality_gate(told_in):
    rejected = {"file": "defects/date=2026-11-05/a.csv", "found": "it is truncated"}
    rejected[told_in] += f"\n{FORGED}\r\x1b[2J\u2028\u202e"
    (told,) = rejection_reasons({"defects": [rejected]})
    assert told.isprintable()
    assert f"\\n{FORGED}\\r\\u001b[2J\\u2028\\u202e" in told


@pytest.mark.parametrize(
    ("count", "more"), [(0, []), (10, []), (11, ["  and 1 more"]), (1010, ["  and 1,000 more"])]
)
def test_a_message_has_the_first_lines_and_how_many_more(count, more):
    lines = [f"  {number}" for number in range(count)]
    assert first_lines(lines) == lines[:10] + more
    assert first_lines(lines, "car verify") == lines[:10] + [
        f"{line}: car verify names them all" for line in more
    ]
