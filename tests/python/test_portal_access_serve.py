"""The server as it runs: several workers on one store, who they listen to, how they end, what they log."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from portal_access_app import PRIVATE, lines, settings_of

from car.errors import CarError, UsageFault
from car.portal.serve import serve

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")

HERE = Path(__file__).parent
SERVES = """
import sys
from pathlib import Path
if __name__ == "__main__":
    from car.portal.serve import serve
    from portal_access_app import create, settings_of
    settings = settings_of(bind="127.0.0.1:0", workers=2, shutdown_seconds=20, connections=50)
    serve(Path(sys.argv[1]), settings, lambda line: print(line, flush=True), create)
"""


class Served:
    """A server that was started, and what it said."""

    def __init__(self, folder):
        script = folder / "serves.py"
        script.write_text(SERVES)
        self.log = folder / "log"
        path = os.pathsep.join([str(HERE), *sys.path])
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(script), str(folder / "out")],
                env={**os.environ, "PYTHONPATH": path},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.said = [self.process.stdout.readline().strip() for _ in range(2)]
        self.url = self.said[0].split()[-1]
        self.state = folder / "out" / "portal" / "state"

    def client(self):
        return httpx.Client(base_url=self.url, follow_redirects=False, trust_env=False, timeout=20)

    def wait_until_ready(self):
        for _ in range(400):
            try:
                with self.client() as client:
                    return client.get("/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def workers(self):
        """The processes that answer: those that the server started, but for Python's own helper."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [pid for pid in map(int, listed) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    server = Served(tmp_path_factory.mktemp("served"))
    try:
        server.wait_until_ready()
        yield server
    finally:
        server.stop()


def test_it_says_where_it_is_and_that_the_dev_login_is_on(served):
    assert served.said[0].startswith("The portal is at http://127.0.0.1:")
    assert "dev login is on" in served.said[1]


def test_every_worker_knows_a_session_and_its_end(served):
    assert len(served.workers()) == 2
    with served.client() as client:
        origin = {"Origin": served.url}
        page = client.get("/sign-in")
        hidden = page.text.split('name="csrf_token" value="')[1][:64]
        client.post("/sign-in", data={"csrf_token": hidden, "party": "SUP1"}, headers=origin)
        cookies = dict(client.cookies)
        # Each connection goes to whichever worker takes it.
        seen = [httpx.get(f"{served.url}/", cookies=cookies, trust_env=False).text for _ in range(12)]
        assert all(text.startswith("party SUP1 ") for text in seen)
        client.post("/sign-out", data={"csrf_token": seen[0].split()[-1]}, headers=origin)
        gone = [httpx.get(f"{served.url}/", cookies=cookies, trust_env=False).status_code for _ in range(12)]
        assert gone == [303] * 12


def test_no_answer_names_the_server(served):
    with served.client() as client:
        answer = client.get("/sign-in")
    assert "server" not in answer.headers and answer.headers["x-content-type-options"] == "nosniff"


def test_a_head_that_is_too_long_and_a_host_that_is_missing_are_refused(served):
    host, port = served.url.removeprefix("http://").split(":")
    for sent in (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 40_000, b"GET / HTTP/1.1\r\n\r\n"):
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(sent)
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")


def test_the_log_is_scrubbed_and_names_no_request(served):
    with served.client() as client:
        page = client.get("/sign-in")
        hidden = page.text.split('name="csrf_token" value="')[1][:64]
        client.post("/sign-in", data={"csrf_token": hidden, "party": "SUP2"}, headers={"Origin": served.url})
        assert client.get(f"/broken?device={PRIVATE}").status_code == 500
        secret = client.cookies["car_session"]
    log = served.log.read_text()
    assert "RuntimeError: row […] of […] is broken" in log
    assert PRIVATE not in log and "eyJ" not in log and secret not in log and "device=" not in log


def test_a_request_in_flight_ends_first(tmp_path):
    server = Served(tmp_path)
    try:
        server.wait_until_ready()
        with server.client() as client:
            page = client.get("/sign-in")
            hidden = page.text.split('name="csrf_token" value="')[1][:64]
            client.post(
                "/sign-in", data={"csrf_token": hidden, "party": "SUP1"}, headers={"Origin": server.url}
            )
            answers = []
            asking = threading.Thread(target=lambda: answers.append(client.get("/slow")))
            asking.start()
            time.sleep(0.4)
            assert server.stop() == 0
            asking.join()
        assert answers[0].text == "slow but whole"
        assert server.log.read_text() == ""
        with pytest.raises(httpx.ConnectError), server.client() as client:
            client.get("/healthz")
    finally:
        server.process.kill()


def test_workers_end_with_the_server_however_that_ended(tmp_path):
    server = Served(tmp_path)
    server.wait_until_ready()
    workers = server.workers()
    server.process.kill()
    server.process.wait(10)
    for _ in range(200):
        alive = [pid for pid in workers if _is_alive(pid)]
        if not alive:
            break
        time.sleep(0.05)
    assert len(workers) == 2 and alive == []


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_port_that_is_taken_is_told(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        bind = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(CarError, match=f"Nobody can listen at {bind}: Address already in use"):
            serve(tmp_path, settings_of(bind=bind), print)


def test_nothing_is_made_where_the_server_refuses_to_start(tmp_path):
    with pytest.raises(UsageFault, match="dev login"):
        serve(tmp_path, settings_of(bind="0.0.0.0:8400"), print)
    assert list(tmp_path.iterdir()) == []


def test_the_audit_log_of_both_workers_is_one(served):
    assert {line["outcome"] for line in lines(served.state)} >= {"signed_in", "signed_out"}
