"""The table of attempts: what is sent to the portal, and what must happen."""

from dataclasses import dataclass, field
from urllib.parse import quote, quote_from_bytes, urlencode

from portal_access_app import FROM_HERE
from portal_attacked import MONTH, MONTH_BEFORE, NETWORK_OPERATOR, OTHER_MONTH, SUPPLIER

OWN = f"/{MONTH}/IS"
TABLE = f"{OWN}/table/inventory/summary"
ALERTS = f"{OWN}/table/alerts/alert"
# In whatever an attempt writes: it stands in no log and in no line of the audit log.
MARK = "zqxjmark"
# Pages that take long are asked with the first so many texts.
_ON_LARGE_PAGES = 3


@dataclass(frozen=True)
class Attempt:
    """What is sent, and what must happen.

    Attributes:
        target: as in the first line of the request.
        by: a party, empty for the Panel, None for nobody.
        status: of the answer.
        never: what must not stand in the body or in a header.
        leads_to: the header Location, exactly; empty: there is none.
        shows: what must stand in the body.
        cookie: whether the answer may set a cookie.
    """

    name: str
    target: str
    status: int
    by: str | None = SUPPLIER
    method: str = "GET"
    headers: dict = field(default_factory=dict)
    form: dict | None = None
    body: bytes = b""
    never: tuple = ()
    leads_to: str = ""
    shows: str = ""
    cookie: bool = False


def asked(path, *parameters):
    return f"{path}?{urlencode(parameters)}"


def _paths():
    """Paths that would lead to another file, month, version or party."""
    sent = {
        "dots": "/2026-10/IS/files/../../../EELC/datapackage.json",
        "dots encoded": f"{OWN}/files/%2e%2e/%2e%2e/EELC/datapackage.json",
        "dots and slashes encoded": f"{OWN}/files/..%2f..%2fEELC%2fdatapackage.json",
        "dots encoded twice": f"{OWN}/files/%252e%252e%252fEELC%252fdatapackage.json",
        "dots overlong in UTF-8": f"{OWN}/files/%c0%ae%c0%ae%c0%afEELC/datapackage.json",
        "backslashes": f"{OWN}/files/..\\..\\EELC\\datapackage.json",
        "backslashes encoded": f"{OWN}/files/..%5c..%5cEELC%5cdatapackage.json",
        "a way through an own folder": f"{OWN}/files/alerts/../../EELC/datapackage.json",
        "a NUL behind an own file": f"{OWN}/files/datapackage.json%00.csv",
        "a NUL in a month": "/2026-10%00/IS/overview",
        "a dot behind an own file": f"{OWN}/files/datapackage.json.",
        "a blank behind an own file": f"{OWN}/files/datapackage.json%20",
        "a stream of an own file": f"{OWN}/files/datapackage.json::$DATA",
        "an own file after a slash too many": f"{OWN}/files//datapackage.json",
        "an own file by a dot": f"{OWN}/files/./datapackage.json",
        "an own file in capitals": f"{OWN}/files/DATAPACKAGE.JSON",
        "full-width dots": f"{OWN}/files/{quote('．．/．．/EELC/datapackage.json')}",
        "an absolute path": f"{OWN}/files//etc/passwd",
        "a URL": f"{OWN}/files/file:///etc/passwd",
        "a folder": f"{OWN}/files/alerts/",
        "no file": f"{OWN}/files/",
        "another party's file": f"{OWN}/files/network_operator/ED/findings.csv",
        "the run's file": f"{OWN}/files/run.json",
        "the bundle": f"{OWN}/files/{SUPPLIER}.duckdb",
        "a very long path": f"{OWN}/files/{'a/' * 8_000}x",
        "a very long month": f"/{'2' * 20_000}/IS/overview",
        "current in place of a month": "/current/IS/overview",
        "a version in place of a month": "/v1/IS/overview",
        "a version behind a month": "/2026-10%2fv2/IS/overview",
        "a version as a parent": "/2026-10/v2/IS/overview",
        "a staging folder": "/.staging-v3/IS/overview",
        "a staging folder behind a month": "/2026-10%2f.staging-v3/IS/overview",
        "a month not in force": f"/{OTHER_MONTH}/IS/overview",
        "a file of a month not in force": f"/{OTHER_MONTH}/IS/files/datapackage.json",
        "a table of a month not in force": f"/{OTHER_MONTH}/IS/table/inventory/summary.csv",
        "a month that never was": "/1999-13/IS/overview",
        "a month in other digits": f"/{quote('２０２６-10')}/IS/overview",
        "a month with a line break": "/2026-10%0a/IS/overview",
        "a table of another party": f"{OWN}/table/network_operator/alert_devices",
        "a bundle's own table": f"{OWN}/table/bundle/files",
        "DuckDB's table": f"{OWN}/table/information_schema/tables",
        "SQL as an area": f"{OWN}/table/inventory%22.%22summary%22%20--/summary",
        "SQL as a table": f"{OWN}/table/inventory/summary%22;%20drop%20table%20x;%20--",
        "SQL as a table to save": f"{OWN}/table/inventory/summary%22%20union%20select%201%20--.csv",
        "dots as a table": f"{OWN}/table/../summary",
        "an unknown format": f"{TABLE}.exe",
        "two formats": f"{TABLE}.csv.parquet",
        "another area as a ZIP": f"{OWN}/downloads/network_operator.zip",
        "dots as a ZIP": f"{OWN}/downloads/..%2f..%2fEELC.zip",
        "an unknown page": f"{OWN}/admin",
        "a page by its class": f"{OWN}/__class__",
        "a template in a path": f"{OWN}/{quote('{{7*7}}')}",
        "a script in a path": f"{OWN}/{quote('<script>alert(9)</script>')}",
        "a script in place of static": "/static/..%2fapp.py",
        "a path below static": "/static/../2026-10/IS/overview",
        "the source": "/../app.py",
        "Git's folder": "/.git/config",
        "the environment": "/.env",
    }
    never = ("<script>alert", "root:", ">49<", "Traceback")
    return [Attempt(name, target, 404, never=never) for name, target in sent.items()]


def _others():
    """Other parties' and roles' things by their true names."""
    other = f"/{MONTH}/ED"
    named = [("party_id", NETWORK_OPERATOR), ("party", NETWORK_OPERATOR), ("role", "ED")]
    headers = {
        "X-Party": NETWORK_OPERATOR,
        "X-User": f"dev {NETWORK_OPERATOR}",
        "X-Remote-User": NETWORK_OPERATOR,
        "X-SEC-Party-Id": NETWORK_OPERATOR,
        "Authorization": f"Bearer {NETWORK_OPERATOR}",
    }
    found = [
        Attempt("another role's page", f"{other}/overview", 404),
        Attempt("another role's table", f"{other}/table/network_operator/alert_devices", 404),
        Attempt("another role's table to save", f"{other}/table/network_operator/alert_devices.csv", 404),
        Attempt("another role's file", f"{other}/files/network_operator/ED/findings.csv", 404),
        Attempt("another role's ZIP", f"{other}/downloads/network_operator.zip", 404),
        Attempt("a party in place of a role", f"/{MONTH}/{NETWORK_OPERATOR}/overview", 404),
        Attempt("a party before a role", f"/{NETWORK_OPERATOR}/{MONTH}/ED/overview", 404),
        Attempt("the role in small letters", f"/{MONTH}/is/overview", 404),
        Attempt("another party in the query", asked(TABLE, *named), 200),
        Attempt("another party in a saved query", asked(f"{TABLE}.csv", *named), 200),
        Attempt("another party as a column to filter by", asked(f"{ALERTS}", *named), 200),
        Attempt("another party in headers", f"{OWN}/overview", 200, headers=headers),
        Attempt(
            "another party in a cookie",
            f"{OWN}/overview",
            303,
            by=None,
            headers={"Cookie": f"party={SUPPLIER}; car_session={NETWORK_OPERATOR}"},
            leads_to=f"/sign-in?next=%2F{MONTH}%2FIS%2Foverview",
        ),
        Attempt(
            "a file in place of headers of a proxy",
            f"{OWN}/overview",
            404,
            headers={"X-Original-URL": f"{other}/overview", "X-Rewrite-URL": f"{other}/overview"},
            by=NETWORK_OPERATOR,
        ),
        Attempt(
            "another party in a form",
            "/sign-in",
            403,
            method="POST",
            form={"party": NETWORK_OPERATOR},
            headers=FROM_HERE,
        ),
        Attempt("a party's page by the Panel", f"{OWN}/overview", 404, by=""),
        Attempt("a party's table by the Panel", f"{TABLE}.csv", 404, by=""),
        Attempt("a party's file by the Panel", f"{OWN}/files/datapackage.json", 404, by=""),
        Attempt(
            "a party's file among the industry's",
            f"/{MONTH}/industry/files/inventory/IS/summary.csv",
            404,
            by="",
        ),
        Attempt("a party's ZIP by the Panel", f"{OWN}/downloads/inventory.zip", 404, by=""),
        Attempt(
            "a party's table among the industry's", f"/{MONTH}/industry/table/inventory/summary", 404, by=""
        ),
        Attempt("the industry's report of a month without it", f"/{MONTH_BEFORE}/industry/downloads", 404),
    ]
    for path in (
        "/",
        OWN,
        f"{OWN}/overview",
        f"{TABLE}.csv",
        f"{OWN}/files/datapackage.json",
        f"{OWN}/downloads/inventory.zip",
    ):
        next_page = "" if path == "/" else f"?next={quote(path, safe='')}"
        found.append(Attempt(f"{path} by nobody", path, 303, by=None, leads_to=f"/sign-in{next_page}"))
    for path in (
        f"/static/{MONTH}/IS/overview",
        "/static/IS/overview",
        "/static/IS/table/inventory/summary.csv",
        "/static/IS/downloads/inventory.zip",
        "/help/../2026-10/IS/overview",
        "/healthz/../",
    ):
        leads_to = f"/sign-in?next={quote(path, safe='')}"
        found.append(Attempt(f"{path} by nobody", path, 303, by=None, leads_to=leads_to))
    return found


def _methods():
    """Methods that no page takes, and headers that would make one of another."""
    found = [
        Attempt(f"{method} of a page", f"{OWN}/overview", 405, method=method)
        for method in ("TRACE", "OPTIONS")
    ]
    for method in ("PUT", "DELETE", "PATCH", "POST", "PROPFIND", "zqxjmark"):
        found.append(Attempt(f"{method} of a page", f"{OWN}/overview", 403, method=method, headers=FROM_HERE))
    override = dict.fromkeys(("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"), "DELETE")
    found += [
        Attempt("another method by a header", f"{OWN}/overview", 200, headers=override, shows="Overview"),
        Attempt("another method by a parameter", asked(f"{OWN}/overview", ("_method", "DELETE")), 200),
        Attempt("sign-out by GET", "/sign-out", 303, leads_to="/"),
        Attempt("a body with GET", f"{OWN}/overview", 200, body=b"party=EELC"),
        Attempt("HEAD of a table", f"{TABLE}.csv", 200, method="HEAD"),
        Attempt("HEAD of another role's file", f"/{MONTH}/ED/files/datapackage.json", 404, method="HEAD"),
        Attempt("a range of a file", f"{OWN}/files/datapackage.json", 200, headers={"Range": "bytes=0-9"}),
        Attempt(
            "many ranges",
            f"{OWN}/files/datapackage.json",
            200,
            headers={"Range": "bytes=" + ",".join(["0-"] * 2_000)},
        ),
        Attempt("a range of a table", f"{TABLE}.csv", 200, headers={"Range": "bytes=-1"}),
        Attempt(
            "JSON in place of a form",
            "/sign-out",
            415,
            method="POST",
            headers={**FROM_HERE, "Content-Type": "application/json"},
            body=b"{}",
        ),
        Attempt(
            "parts in place of a form",
            "/sign-out",
            415,
            method="POST",
            headers={**FROM_HERE, "Content-Type": "multipart/form-data; boundary=x"},
            body=b"--x--",
        ),
    ]
    return found


def _sizes():
    """Too much of everything, and numbers that are none."""
    many = [("device_model", f"{MARK}{number}") for number in range(10_000)]
    found = [
        Attempt("10,000 filters", asked(TABLE, *many), 400),
        Attempt("10,000 filters of a saved table", asked(f"{TABLE}.csv", *many), 400),
        Attempt("10,000 filters of a page", asked(f"{OWN}/inventory", *many), 400),
        Attempt("10,000 filters of Explore", asked(f"{OWN}/explore", *many), 400),
        Attempt("201 filters", asked(TABLE, *many[:201]), 400),
        Attempt("a value of 401 signs", asked(TABLE, ("device_model", "x" * 401)), 400),
        Attempt("a megabyte of query", asked(TABLE, ("device_model", MARK * 125_000)), 400),
        Attempt("a megabyte of an unknown parameter", asked("/help", (MARK, "x" * 1_000_000)), 200),
        Attempt("a megabyte of a header", f"{OWN}/overview", 200, headers={"X-Long": MARK * 125_000}),
        Attempt(
            "a megabyte of cookies",
            f"{OWN}/overview",
            303,
            by=None,
            headers={"Cookie": "car_session=" + "a" * 1_000_000},
            leads_to=f"/sign-in?next=%2F{MONTH}%2FIS%2Foverview",
        ),
        Attempt(
            "a huge form", "/sign-out", 413, method="POST", headers=FROM_HERE, form={"x": "y" * 10_000_000}
        ),
        Attempt(
            "201 fields",
            "/sign-out",
            400,
            method="POST",
            headers=FROM_HERE,
            form={f"f{n}": "1" for n in range(201)},
        ),
    ]
    for page in ("99999999", "9" * 400, "-1", "0", "1.5", "1e3", "0x10", "٣", "²", "NaN", "", "1;drop"):
        found.append(Attempt(f"page {page[:9]!r}", asked(TABLE, ("page", page)), 200, shows="<table"))
    return found


def _encodings():
    """Bytes that are no text, or a text that is no value."""
    found = [
        Attempt("a value that is no UTF-8", f"{TABLE}?device_model=%ff%fe{MARK}", 200),
        Attempt("a value with a NUL", f"{TABLE}?device_model={MARK}%00", 400),
        Attempt("a value of a NUL to save", f"{TABLE}.csv?device_model=%00{MARK}", 400),
        Attempt("a value of a NUL on a page", f"{OWN}/inventory?device_model=%00", 400),
        Attempt("an overlong value", f"{TABLE}?device_model=%c0%bc{MARK}", 200),
        Attempt("half a surrogate", f"{TABLE}?device_model=%ed%a0%80{MARK}", 200),
        Attempt("half a percent sign", f"{TABLE}?device_model=%zz%", 200),
        Attempt("a path that is no UTF-8", f"{OWN}/files/{quote_from_bytes(bytes([255, 254]))}", 404),
        Attempt(
            "a form that is no UTF-8",
            "/sign-out",
            400,
            method="POST",
            headers=FROM_HERE,
            body=b"csrf_token=\xff\xfe",
        ),
        Attempt(
            "a form that is no form", "/sign-out", 400, method="POST", headers=FROM_HERE, body=b"&&&==;;"
        ),
        Attempt(
            "the sign of every line, with others",
            asked(TABLE, ("device_model", "*"), ("device_model", MARK)),
            200,
        ),
    ]
    for day in (
        "2026-W44-6",
        "20261031",
        "2026-10-31T00:00:00",
        "0000-00-00",
        "2026-02-30",
        "-1",
        MARK,
        "'",
        "infinity",
        "２０２６-10-31",
    ):
        for path in (
            f"{OWN}/table/inventory/devices",
            f"{OWN}/table/inventory/devices.csv",
            f"{OWN}/inventory",
        ):
            found.append(
                Attempt(
                    f"{day} as a day of {path.split('/')[-1]}",
                    asked(path, ("last_meter_read_at.from", day)),
                    400,
                )
            )
    for day in ("0001-01-01", "9999-12-31"):
        found.append(
            Attempt(f"{day} as a day", asked(f"{OWN}/inventory", ("last_meter_read_at.before", day)), 200)
        )
    return found


SQL = (
    "' or '1'='1",
    "'; attach 'x' as y; --",
    '" or 1=1 --',
    "1) union select path, 1, 1 from bundle.files --",
    "$$; select getvariable('role') $$",
    "?",
    "{role}",
    "\\'; --",
    "' || (select recipient from bundle.source) || '",
)


def _sql():
    """SQL wherever a reader can write."""
    found = []
    for number, text in enumerate(SQL):
        value = f"{text}{MARK}"
        places = {
            "a filter": asked(TABLE, ("device_model", value)),
            "a filter of Explore": asked(f"{OWN}/explore", ("device_model", value), ("by", "region")),
            "a filter of Trends": asked(f"{OWN}/trends", ("srv", value)),
            "sort": asked(TABLE, ("sort", f"device_model{value}")),
            "sort, the largest first": asked(TABLE, ("sort", f"-{value}")),
            "a column": asked(TABLE, (f"device_model{value}", "x")),
            "a column's way": asked(TABLE, (f"device_model.{value}", "2026-10-01")),
            "table": asked(f"{OWN}/explore", ("table", f"alerts/alert{value}")),
            "measure": asked(f"{OWN}/explore", ("measure", value)),
            "by": asked(f"{OWN}/explore", ("by", value), ("and", value)),
            "figure": asked(f"{OWN}/trends", ("figure", value), ("table", value)),
        }
        if number < _ON_LARGE_PAGES:
            places["a filter of a page"] = asked(f"{OWN}/inventory", ("device_model", value))
            places["a filter and sort to save"] = asked(
                f"{TABLE}.csv", ("device_model", value), ("sort", value)
            )
        found += [Attempt(f"SQL {number} as {place}", target, 200) for place, target in places.items()]
    return found


RUN = (
    f"<script>alert('{MARK}')</script>",
    f'"><img src=x onerror={MARK}>',
    f"' onmouseover='{MARK}",
    f"</script><script>{MARK}",
    f"</option></select><svg onload={MARK}>",
    f"{{{{7*7}}}}{MARK}",
    f"{{% for x in ().__class__.__base__.__subclasses__() %}}{MARK}{{% endfor %}}",
    f"${{7*7}}#{{7*7}}{MARK}",
    f"javascript:{MARK}",
    f"data:text/html,<b>{MARK}",
)


def _scripts():
    """What a browser or a template would run, in every parameter that is echoed."""
    found = []
    for number, text in enumerate(RUN):
        places = {
            "a filter": asked(TABLE, ("device_model", text)),
            "a filter of Explore": asked(f"{OWN}/explore", ("device_model", text), ("measure", text)),
            "a filter of Trends": asked(f"{OWN}/trends", ("srv", text), ("figure", text)),
            "sort": asked(TABLE, ("sort", text), ("page", text)),
            "a parameter's name": asked(f"{OWN}/guidance", (text, text)),
            "the query as it is": f"{OWN}/guidance?{quote(text, safe='<>=*{}()')}",
        }
        if number < _ON_LARGE_PAGES:
            places["a filter of a page"] = asked(f"{OWN}/inventory", ("device_model", text))
            places["a click's filter"] = asked(f"{OWN}/business_process", ("business_process", text))
        never = (text,) if set(text) & set("<\"'") else ()
        never = (*never, f"49{MARK}", f"{MARK}{MARK}", f'href="{text}', f'src="{text}', "49#49")
        found += [
            Attempt(f"script {number} in {place}", target, 200, never=never)
            for place, target in places.items()
        ]
        found.append(
            Attempt(
                f"script {number} in next",
                asked("/sign-in", ("next", text)),
                200,
                by=None,
                never=never,
                cookie=True,
            )
        )
    return found


LEADS_OUT = (
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https://evil.example",
    "https:evil.example",
    "javascript:alert(1)",
    "%2f%2fevil.example",
    "evil.example",
    " //evil.example",
    "/sign-out",
    "/x\r\nSet-Cookie: a=b",
    "/" + "x" * 5_000,
)


def _headers():
    """Headers that lie, and texts that would become headers."""
    found = [
        Attempt("another host", f"{OWN}/overview", 400, headers={"Host": "evil.example"}),
        Attempt("no host", f"{OWN}/overview", 400, headers={"Host": ""}),
        Attempt("two hosts", f"{OWN}/overview", 400, headers={"Host": "127.0.0.1:8400, evil.example"}),
        Attempt("a user before the host", f"{OWN}/overview", 400, headers={"Host": "127.0.0.1@evil.example"}),
        Attempt(
            "an absolute target", "http://evil.example/2026-10/IS/overview", 404, never=("evil.example",)
        ),
        Attempt("a line break in a parameter", f"{OWN}/overview?x=%0d%0aSet-Cookie:%20{MARK}=1", 200),
        Attempt("a line break in a path", f"{OWN}/overview%0d%0aSet-Cookie:%20{MARK}=1", 404),
        Attempt(
            "a line break by nobody", f"/x%0d%0aSet-Cookie:%20{MARK}=1", 303, by=None, leads_to="/sign-in"
        ),
        Attempt("a line break in the name of a download", f"{TABLE}%0d%0aX:{MARK}.csv", 404),
        Attempt("two slashes by nobody", "//evil.example/%2e%2e", 303, by=None, leads_to="/sign-in"),
        Attempt("a slash behind two slashes", "//evil.example/a/b/", 404),
        Attempt("another origin asks", f"{OWN}/overview", 200, headers={"Origin": "https://evil.example"}),
        Attempt(
            "another origin asks before it asks",
            f"{OWN}/overview",
            405,
            method="OPTIONS",
            headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"},
        ),
        Attempt(
            "a way up to WebSockets",
            f"{OWN}/overview",
            200,
            headers={"Upgrade": "websocket", "Connection": "Upgrade"},
        ),
        Attempt(
            "a language that leads out", f"{OWN}/overview", 200, headers={"Accept-Language": "../../etc"}
        ),
        Attempt("a version of a style that is none", "/static/portal.css?v=%0d%0aX:%20y", 307, leads_to="*"),
        Attempt("an encoding that is none", "/static/portal.css", 200, headers={"Accept-Encoding": MARK}),
    ]
    for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"):
        value = "for=127.0.0.1;host=evil.example"
        found.append(
            Attempt(
                f"{name} at the dev login",
                f"{OWN}/overview",
                403,
                headers={name: value},
                never=("evil.example",),
            )
        )
    for name in (
        "X-Forwarded-Proto",
        "X-Forwarded-Prefix",
        "X-Forwarded-Server",
        "X-Host",
        "X-HTTP-Host-Override",
    ):
        found.append(Attempt(f"{name} lies", f"{OWN}/overview", 200, headers={name: f"evil.{MARK}.example"}))
    for text in LEADS_OUT:
        found.append(
            Attempt(f"next {text[:24]!r} of who is in", asked("/sign-in", ("next", text)), 303, leads_to="/")
        )
        found.append(
            Attempt(
                f"next {text[:24]!r} of nobody",
                asked("/sign-in", ("next", text)),
                200,
                by=None,
                shows='name="next" value="/"',
                cookie=True,
            )
        )
    return found


ATTEMPTS = {
    "paths": _paths(),
    "others": _others(),
    "methods": _methods(),
    "sizes": _sizes(),
    "encodings": _encodings(),
    "sql": _sql(),
    "scripts": _scripts(),
    "headers": _headers(),
}
