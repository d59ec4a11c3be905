"""What the operator reads is whole, a line for a line."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from car.build import _listener


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
