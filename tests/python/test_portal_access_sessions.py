"""Sessions end when they must, in every tab and worker; forms come from the portal's pages; the dev login."""

import json
import re
import threading

import pytest
from portal_access_app import (
    FROM_HERE,
    HERE,
    PARTIES,
    TLS,
    Clock,
    Register,
    browser,
    choose,
    create,
    field,
    lines,
    outcomes,
    settings_of,
    token,
)

from car.errors import UsageFault
from car.portal.access import csrf
from car.portal.access.database import Database
from car.portal.access.secret import hashed, new_secret
from car.portal.access.sessions import Sessions
from car.portal.access.user import User
from car.portal.serve import sessions_end, sessions_in_force

USER = User("user-1", "SUP1", False)
COOKIE = "car_session"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def client(clock, tmp_path):
    return browser(create(tmp_path, settings_of(), clock))


@pytest.fixture
def state(tmp_path):
    return tmp_path / "portal" / "state"


@pytest.fixture
def sessions(clock, tmp_path):
    return Sessions(Database(tmp_path), 1800, 43_200, clock)


def is_in(client):
    return client.get("/").status_code == 200


def sign_out(client, hidden):
    return client.post("/sign-out", data={"csrf_token": hidden}, headers=FROM_HERE)


def test_a_session_ends_after_half_an_hour_without_a_request(client, clock):
    choose(client)
    clock.at += 1799
    assert is_in(client)
    clock.at += 1799
    assert is_in(client)
    clock.at += 1800
    assert not is_in(client)


def test_a_session_ends_after_twelve_hours_whatever_it_did(client, clock):
    choose(client)
    for _ in range(12 * 3 - 1):
        clock.at += 1200
        assert is_in(client)
    clock.at += 1199
    assert is_in(client)
    clock.at += 1
    assert not is_in(client)


def test_both_ends_are_configured(clock, tmp_path):
    client = browser(create(tmp_path, settings_of(idle_minutes=2, session_hours=1), clock))
    choose(client)
    clock.at += 120
    assert not is_in(client)
    choose(client)
    for _ in range(59):
        clock.at += 60
        assert is_in(client)
    clock.at += 60
    assert not is_in(client)


def test_each_sign_in_has_a_new_id_and_ends_the_one_before(client, clock):
    choose(client)
    first = client.cookies[COOKIE]
    # The page of a sign-in leads who is in back; a form that was opened before signs in again all the same.
    form = {"csrf_token": token(client), "party": "SUP2"}
    assert client.post("/sign-in", data=form, headers=FROM_HERE).status_code == 303
    second = client.cookies[COOKIE]
    assert second != first and client.get("/").text.startswith("party SUP2 ")
    client.cookies.set(COOKIE, first)
    assert not is_in(client)


def test_an_id_that_somebody_else_chose_is_never_taken_up(client):
    """Fixation: the victim signs in with the attacker's cookie set, and gets another one."""
    chosen = new_secret()
    client.cookies.set(COOKIE, chosen, domain="127.0.0.1", path="/")
    assert not is_in(client)
    choose(client)
    given = [cookie.value for cookie in client.cookies.jar if cookie.name == COOKIE]
    assert given and chosen not in given
    client.cookies.clear()
    client.cookies.set(COOKIE, chosen)
    assert not is_in(client)


@pytest.mark.parametrize("forged", ["", "x", "'; drop table session; --", "é" * 43, "A" * 43, "A" * 10_000])
def test_a_forged_cookie_is_nobodys(client, forged):
    answer = client.get("/", headers={"Cookie": f"{COOKIE}={forged}".encode()})
    assert answer.status_code == 303


def test_a_user_sees_their_own_sessions_and_ends_the_others(clock, tmp_path, state):
    application = create(tmp_path, settings_of(), clock)
    first, second, third, other_user = (browser(application) for _ in range(4))
    for client, party in ((first, "SUP1"), (second, "SUP1"), (third, "SUP1"), (other_user, "SUP2")):
        choose(client, party)
        clock.at += 60
    page = second.get("/sessions")
    assert page.status_code == 200
    assert re.findall(r"<td>(This one|Another one)</td>", page.text) == [
        "Another one",
        "This one",
        "Another one",
    ]
    form = {"csrf_token": field(page)}
    assert second.post("/sessions", data={"csrf_token": "0" * 64}, headers=FROM_HERE).status_code == 403
    ended = second.post("/sessions", data=form, headers=FROM_HERE)
    assert "Sessions ended: 2." in ended.text
    # Nobody needs a button that ends nothing.
    assert "This one" in ended.text and "End the other sessions" not in ended.text
    assert [is_in(client) for client in (first, second, third, other_user)] == [False, True, False, True]
    assert "other_sessions_ended" in outcomes(state)


def test_a_session_that_is_over_is_not_listed(clock, tmp_path):
    application = create(tmp_path, settings_of(), clock)
    first, second = browser(application), browser(application)
    choose(first)
    clock.at += 1801
    choose(second)
    assert "Another one" not in second.get("/sessions").text


def test_signing_out_ends_the_session_in_every_tab_and_worker(client, clock, tmp_path, state):
    choose(client)
    other = browser(create(tmp_path, settings_of(), clock))
    other.cookies.set(COOKIE, client.cookies[COOKIE])
    assert is_in(other)
    done = sign_out(client, token(client))
    assert done.status_code == 200 and "You are signed out" in done.text
    assert "clear-site-data" not in done.headers
    assert re.match(rf'{COOKIE}=""; .*Max-Age=0', done.headers["set-cookie"])
    assert not is_in(other) and not is_in(client)
    assert outcomes(state) == ["signed_in", "signed_out"]


def test_a_form_of_a_session_that_has_ended_gets_a_page(client, clock, state):
    choose(client)
    hidden = token(client)
    clock.at += 1800
    assert client.post("/change", data={"csrf_token": hidden}, headers=FROM_HERE).status_code == 403
    # There is nothing left to sign out of; another site cannot ask for it all the same.
    done = sign_out(client, hidden)
    assert done.status_code == 200 and "You are signed out" in done.text
    elsewhere = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/sign-out", data={"csrf_token": hidden}, headers=elsewhere).status_code == 403
    assert outcomes(state) == ["signed_in"]


def test_signing_out_by_a_link_does_nothing(client):
    choose(client)
    assert client.get("/sign-out").headers["location"] == "/"
    assert is_in(client)


def test_all_sessions_of_a_user_can_be_ended(client, clock, tmp_path, monkeypatch):
    monkeypatch.setattr("time.time", clock)
    choose(client)
    second, other = (browser(create(tmp_path, settings_of(), clock)) for _ in range(2))
    choose(second)
    clock.at += 60
    choose(other, "SUP2")
    listed = sessions_in_force(tmp_path, settings_of())
    assert [each.user.subject for each in listed] == ["dev SUP1", "dev SUP1", "dev SUP2"]
    assert [clock.at - each.begun_at for each in listed] == [60, 60, 0]
    for secret in (client.cookies[COOKIE], second.cookies[COOKIE]):
        assert secret not in repr(listed) and hashed(secret) not in repr(listed).encode()
    assert sessions_end(tmp_path, settings_of(), "dev SUP1") == 2
    assert sessions_end(tmp_path, settings_of(), "dev SUP1") == 0
    assert not is_in(client) and not is_in(second) and is_in(other)


def test_where_nothing_was_served_there_are_no_sessions_and_no_folder(tmp_path):
    assert (
        sessions_in_force(tmp_path, settings_of()) == [] and sessions_end(tmp_path, settings_of(), "x") == 0
    )
    assert list(tmp_path.iterdir()) == []


def test_the_store_holds_hashes_and_is_for_its_owner_alone(client, state):
    choose(client)
    secret = client.cookies[COOKIE]
    files = list(state.glob("sessions.sqlite*"))
    content = b"".join(path.read_bytes() for path in files)
    assert secret.encode() not in content and hashed(secret) in content
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*files, *(state / "audit").iterdir()])
    assert (state / "audit").stat().st_mode & 0o077 == 0


def test_ids_are_256_bits_of_chance():
    made = {new_secret() for _ in range(1000)}
    assert len(made) == 1000 and {len(each) for each in made} == {43}


def test_what_has_ended_is_deleted(sessions, clock, tmp_path):
    sessions.begin(USER)
    clock.at += 1800
    sessions.begin(USER)
    assert Database(tmp_path).connection().execute("select count(*) from session").fetchone() == (1,)


def test_that_a_session_was_used_is_written_once_a_minute(sessions, clock):
    secret = sessions.begin(USER)
    clock.at += 59
    assert not sessions.is_to_be_seen(sessions.find(secret))
    clock.at += 1
    assert sessions.is_to_be_seen(sessions.find(secret))
    sessions.seen(secret)
    assert sessions.find(secret).seen_at == clock.at


def test_many_threads_write_one_store(sessions, tmp_path):
    """Each has a connection of its own, as each worker has."""
    failed = []

    def work():
        try:
            for _ in range(20):
                secret = sessions.begin(USER)
                assert sessions.find(secret)
                sessions.end(secret)
                assert not sessions.find(secret)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and sessions.in_force() == []


def test_a_transaction_that_fails_leaves_nothing(tmp_path):
    database = Database(tmp_path)
    with pytest.raises(ZeroDivisionError), database.writing() as connection:
        connection.execute("insert into taken values ('a', 'b', 1)")
        _ = 1 / 0
    with database.writing() as connection:
        assert connection.execute("select count(*) from taken").fetchone() == (0,)


# Forms


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": HERE, "Sec-Fetch-Site": "same-origin"},
        {"Origin": HERE},
        {"Sec-Fetch-Site": "same-origin"},
        # What a browser sends without a referrer.
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_form_of_the_portals_own_page_is_taken(client, headers):
    choose(client)
    hidden = token(client)
    done = client.post("/change", data={"csrf_token": hidden, "a": "1"}, headers=headers)
    assert (done.status_code, done.json()) == (200, {"csrf_token": hidden, "a": "1"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": f"{HERE}0"},
        {"Origin": "http://localhost:8400"},
        {"Origin": HERE, "Sec-Fetch-Site": "cross-site"},
        {"Origin": HERE, "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
        {"Origin": HERE, "Sec-Fetch-Site": "none"},
    ],
)
def test_a_form_of_another_page_is_refused(client, headers):
    choose(client)
    done = client.post("/change", data={"csrf_token": token(client)}, headers=headers)
    assert done.status_code == 403 and "cannot be used any more" in done.text
    assert is_in(client)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/change", "/sign-out", "/sign-in", "/", "/healthz", "/none"])
def test_whatever_may_change_something_needs_the_hidden_field(client, method, path):
    choose(client)
    for hidden in (None, "", "0" * 64, csrf.token(new_secret())):
        form = "" if hidden is None else f"csrf_token={hidden}"
        done = client.request(method, path, content=form, headers=FROM_HERE)
        assert done.status_code == 403, hidden
    assert is_in(client)


def test_a_hidden_field_is_of_one_session_alone(client, clock, tmp_path):
    choose(client)
    other = browser(create(tmp_path, settings_of(), clock))
    choose(other)
    assert client.post("/change", data={"csrf_token": token(other)}, headers=FROM_HERE).status_code == 403
    # Nor does the field of before the sign-in hold after it.
    client.post("/sign-out", data={"csrf_token": token(client)}, headers=FROM_HERE)
    before = field(client.get("/sign-in"))
    client.post("/sign-in", data={"csrf_token": before, "party": "SUP1"}, headers=FROM_HERE)
    assert client.post("/change", data={"csrf_token": before}, headers=FROM_HERE).status_code == 403


def test_a_browser_without_any_cookie_can_send_no_form(client):
    done = client.post("/sign-in", data={"csrf_token": "", "party": "SUP1"}, headers=FROM_HERE)
    assert done.status_code == 403
    done = client.post("/sign-in", data={"csrf_token": csrf.token(""), "party": "SUP1"}, headers=FROM_HERE)
    assert done.status_code == 403 and not is_in(client)


def test_over_tls_the_origin_is_the_public_one(clock, tmp_path):
    settings = settings_of(
        public_url=TLS, issuer="https://issuer.example", client_id="a", client_secret="b", bind="0.0.0.0:8400"
    )
    application = create(tmp_path, settings, clock)
    client = browser(application, TLS)
    client.cookies.set("__Host-car_session", application.state.access.sessions.begin(USER))
    hidden = token(client)
    for origin, status in ((TLS, 200), ("http://portal.example", 403), ("https://portal.example:444", 403)):
        done = client.post("/change", data={"csrf_token": hidden}, headers={"Origin": origin})
        assert done.status_code == status, origin


def test_over_tls_a_browser_is_asked_to_forget_at_sign_out(clock, tmp_path):
    settings = settings_of(
        public_url=TLS, issuer="https://127.0.0.1:9", client_id="a", client_secret="b", bind="0.0.0.0:8400"
    )
    application = create(tmp_path, settings, clock)
    client = browser(application, TLS)
    client.cookies.set("__Host-car_session", application.state.access.sessions.begin(USER))
    done = client.post("/sign-out", data={"csrf_token": token(client)}, headers={"Origin": TLS})
    assert done.headers["clear-site-data"] == '"cookies", "storage"' and not is_in(client)


def test_a_cookie_without_its_prefix_is_nobodys_over_tls(clock, tmp_path):
    settings = settings_of(
        public_url=TLS, issuer="https://issuer.example", client_id="a", client_secret="b", bind="0.0.0.0:8400"
    )
    application = create(tmp_path, settings, clock)
    client = browser(application, TLS)
    client.cookies.set("car_session", application.state.access.sessions.begin(USER))
    assert not is_in(client)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "application/json", ""])
def test_a_body_that_is_no_form_is_refused(client, kind):
    choose(client)
    headers = {**FROM_HERE, "Content-Type": kind}
    assert client.post("/change", content=f"csrf_token={token(client)}", headers=headers).status_code == 415


@pytest.mark.parametrize("body", [b"\xff=1", b"csrf_token", b"&".join(b"a=1" for _ in range(201))])
def test_a_form_that_cannot_be_read_is_refused(client, body):
    choose(client)
    headers = {**FROM_HERE, "Content-Type": "application/x-www-form-urlencoded"}
    assert client.post("/change", content=body, headers=headers).status_code == 400


def test_a_form_is_no_larger_than_configured(clock, tmp_path):
    client = browser(create(tmp_path, settings_of(post_max_bytes=200), clock))
    choose(client)
    form = f"csrf_token={token(client)}&a="
    headers = {**FROM_HERE, "Content-Type": "application/x-www-form-urlencoded"}
    largest = form + "x" * (200 - len(form))
    assert client.post("/change", content=largest, headers=headers).status_code == 200
    assert client.post("/change", content=largest + "x", headers=headers).status_code == 413
    # Without a length that is known before.
    pieces = (largest[at : at + 50].encode() for at in range(0, 200, 50))
    assert client.post("/change", content=pieces, headers=headers).status_code == 200
    endless = (b"x" * 50 for _ in range(1000))
    assert client.post("/change", content=endless, headers=headers).status_code == 413


# Who is let in


@pytest.mark.parametrize(
    "path", ["/", "/data/2026-10", "/download", "/none", "/static", "/help/", "/healthz/x"]
)
def test_nobody_sees_a_page_who_is_not_signed_in(client, path):
    asked = client.get(path)
    assert asked.status_code == 303 and asked.headers["location"].startswith("/sign-in")
    assert asked.content == b""


@pytest.mark.parametrize("path", ["/help", "/healthz", "/static/file.css", "/sign-in", "/sign-out"])
def test_what_shows_no_data_needs_no_sign_in(client, path):
    assert client.get(path).status_code == 200


def test_a_script_is_told_that_nobody_is_signed_in(client):
    assert client.get("/data/2026-10", headers={"Sec-Fetch-Dest": "empty"}).status_code == 401


def test_who_is_signed_in_goes_on_from_the_sign_in(client):
    choose(client)
    assert client.get("/sign-in?next=/data/2026-10").headers["location"] == "/data/2026-10"


# The dev login


def test_the_dev_login_offers_the_parties_and_says_what_it_is(client):
    page = client.get("/sign-in")
    assert "Development sign-in" in page.text
    assert re.findall("<option>(.*)</option>", page.text) == PARTIES


def test_the_dev_login_leads_where_the_user_wanted(client, state):
    assert choose(client, "SUP2", next="/data/2026-10").headers["location"] == "/data/2026-10"
    assert client.get("/").text.startswith("party SUP2 panel False")
    line = lines(state)[0]
    assert (line["user"], line["party"], line["outcome"]) == ("dev SUP2", "SUP2", "signed_in")


def test_the_dev_login_may_choose_the_panel(client):
    choose(client, panel="yes")
    assert client.get("/").text.startswith("party  panel True")


@pytest.mark.parametrize("party", ["", "SUP9", "sup1", "SUP1 "])
def test_the_dev_login_takes_nobody_that_it_did_not_offer(client, state, party):
    assert choose(client, party).status_code == 403
    assert not is_in(client) and outcomes(state) == ["sign_in_failed:no_party"]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Host"])
def test_the_dev_login_is_not_reached_through_a_proxy(client, name):
    assert client.get("/sign-in", headers={name: "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize("bind", ["127.0.0.1:8400", "127.9.9.9:1", "localhost:0", "[::1]:8400"])
def test_the_dev_login_is_for_this_machine(bind):
    settings_of(bind=bind).check_serving()


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"bind": "0.0.0.0:8400"},
        {"bind": "[::]:8400"},
        {"bind": "192.168.1.5:8400"},
        {"bind": "10.0.0.1:8400", "public_url": TLS},
        {"bind": "portal.example:8400"},
        {"bind": "localhost.example:8400"},
        {"public_url": TLS},
        {"trusted_proxies": ("127.0.0.1",)},
    ],
)
def test_the_dev_login_is_refused_elsewhere(elsewhere, tmp_path):
    with pytest.raises(UsageFault, match="dev login lets anybody choose a Party"):
        settings_of(**elsewhere).check_serving()
    with pytest.raises(UsageFault, match="dev login"):
        create(tmp_path, settings_of(**elsewhere))


def test_sessions_go_over_tls_alone():
    provider = {"issuer": "https://issuer.example", "client_id": "a", "client_secret": "b"}
    for elsewhere in ({"bind": "0.0.0.0:8400"}, {"bind": "0.0.0.0:1", "public_url": "http://localhost:1"}):
        with pytest.raises(UsageFault, match="over TLS alone"):
            settings_of(**provider, **elsewhere).check_serving()
    settings_of(**provider, bind="0.0.0.0:8400", public_url=TLS).check_serving()


def test_a_register_that_spells_otherwise_now_lets_nobody_see_another_party(clock, tmp_path):
    register = Register()
    client = browser(create(tmp_path, settings_of(), clock, register))
    choose(client)
    register.parties[0] = "Sup1"
    assert client.get("/").status_code == 403


def test_what_the_form_says_is_all_that_the_route_reads(client):
    """The body was read by the gate; a route that reads it again gets it once more."""
    choose(client)
    hidden = token(client)
    done = client.post("/change", data={"csrf_token": hidden, "a": "é&="}, headers=FROM_HERE)
    assert json.loads(done.text)["a"] == "é&="
