"""Who is answered over the network: whom the server knows by its token, under its own names, from its own pages."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.client import Client
from api.network import NAME, Network, on_network
from coaxial.api import gate
from coaxial.api.access import Access
from coaxial.api.gate import MOST_ADDRESSES, MOST_TRIES, Tries
from coaxial.domain.errors import TooManyTries
from coaxial.settings import Settings
from coaxial.workflows.server_token import first_token, new_token

DATA = ("/api/jobs", "/api/nothing", "/api/openapi.json", "/v1/models", "/metrics")


@pytest.fixture
def network(settings: Settings) -> Iterator[Network]:
    with on_network(settings) as network:
        yield network


def bearer(network: Network) -> dict[str, str]:
    return {"Authorization": f"Bearer {network.token}"}


def test_without_the_token_nothing_is_answered_and_with_it_everything(network: Network) -> None:
    for path in DATA:
        refused = network.ask("GET", path)
        assert (refused.status, refused.json()["title"]) == (401, "Token needed"), path
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="coaxial"'
        assert network.ask("GET", path, **bearer(network)).status in (200, 404)
    assert network.ask("GET", "/api/jobs", Authorization=f"bearer  {network.token}").status == 200
    assert network.ask("DELETE", "/api/checkpoints/cache/clear").status == 401


def test_every_route_there_is_asks_for_the_token_but_the_one_that_takes_it(network: Network) -> None:
    document = network.ask("GET", "/api/openapi.json", **bearer(network)).json()
    assert len(document["paths"]) > 30
    for path, operations in document["paths"].items():
        for method in operations:
            answer = network.ask(method.upper(), path.replace("{", "").replace("}", ""))
            assert (answer.status == 401) == (path != "/api/session"), (method, path, answer.status)


@pytest.mark.parametrize("value", ["Bearer no", "Bearer ", "Basic {token}", "{token}", "Bearer {token}x", "Bearer é"])
def test_another_token_is_refused(network: Network, value: str) -> None:
    assert network.ask("GET", "/api/jobs", Authorization=value.format(token=network.token)).status == 401


@pytest.mark.parametrize("path", ["//api/jobs", "/API/jobs", "/api/../api/jobs", "/x/../api/jobs", "/%61pi/jobs"])
def test_no_other_spelling_of_a_path_leads_around_the_token(network: Network, path: str) -> None:
    with socket.create_connection(("127.0.0.1", int(network.url.rpartition(":")[2]))) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert b'"items"' not in answer
    assert answer.split()[1] in (b"401", b"404", b"200")


def test_a_browser_shows_the_token_once_and_then_sends_a_cookie(network: Network) -> None:
    assert network.ask("GET", "/api/session").json() == {"token_needed": True, "signed_in": False, "until": None}
    answer = network.ask("POST", "/api/session", {"token": network.token})
    cookie = answer.headers["Set-Cookie"]
    assert answer.json()["signed_in"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    assert network.token not in cookie
    sent = {"Cookie": f"other={{}}; {cookie.partition(';')[0]}"}
    assert network.ask("GET", "/api/jobs", **sent).status == 200
    assert network.ask("GET", "/api/session", **sent).json()["signed_in"]
    name = cookie.partition("=")[0]
    assert f'{name}=""' in network.ask("DELETE", "/api/session", **sent).headers["Set-Cookie"]


def test_a_cookie_that_is_not_this_server_s_is_none(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    name, _, value = network.cookie().partition("=")
    ends, nonce, signature = value.split(".")
    later = f"{int(ends) + 1}.{nonce}.{signature}"
    for wrong in (later, f"{ends}.{nonce}.", "x", "..", f"{ends}.x.{signature}", f"nan.x.{signature}"):
        assert network.ask("GET", "/api/jobs", Cookie=f"{name}={wrong}").status == 401
    monkeypatch.setattr(gate, "SESSION_SECONDS", -1.0)
    assert network.ask("GET", "/api/jobs", Cookie=network.cookie()).status == 401


def test_a_browser_is_signed_in_at_two_studios_of_one_host_and_signing_out_of_one_leaves_the_other(
    settings: Settings, tmp_path: Path
) -> None:
    with on_network(settings) as one, on_network(Settings.read(tmp_path / "other", {})) as other:
        jar = dict(network.cookie().split("=", 1) for network in (one, other))
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
        assert [network.ask("GET", "/api/jobs", **sent).status for network in (one, other)] == [200, 200]
        # A proxy in front of them may have yet another port.
        assert one.ask("GET", "/api/jobs", Host=f"{NAME}:8443", **sent).status == 200
        gone = one.ask("DELETE", "/api/session", **sent).headers["Set-Cookie"].partition("=")[0]
        del jar[gone]
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
        assert [network.ask("GET", "/api/jobs", **sent).status for network in (one, other)] == [401, 200]


def test_a_cookie_outlives_the_server_and_a_new_token_ends_it_and_the_old_token(settings: Settings) -> None:
    with on_network(settings) as network:
        cookie = network.cookie()
        assert network.ask("GET", "/api/jobs", Cookie=cookie).status == 200
        newer = new_token(settings)
        assert network.ask("GET", "/api/jobs", Cookie=cookie).status == 401
        assert network.ask("GET", "/api/jobs", **bearer(network)).status == 401
        assert network.ask("GET", "/api/jobs", Authorization=f"Bearer {newer}").status == 200


def test_who_tries_too_often_has_to_wait_and_a_browser_that_is_known_does_not(network: Network) -> None:
    cookie = network.cookie()
    tried = [network.ask("POST", "/api/session", {"token": "wrong"}) for _ in range(MOST_TRIES // 2)]
    tried += [network.ask("GET", "/api/jobs", Authorization="Bearer wrong") for _ in range(MOST_TRIES - len(tried))]
    assert {one.status for one in tried} == {401}
    for refused in (
        network.ask("POST", "/api/session", {"token": network.token}),
        network.ask("GET", "/api/jobs", **bearer(network)),
    ):
        assert (refused.status, refused.json()["title"]) == (429, "Too many tries")
        assert 1 <= int(refused.headers["Retry-After"]) <= 6
    assert network.ask("GET", "/api/jobs", Cookie=cookie).status == 200


def test_tries_come_back_with_time_and_are_counted_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [time.monotonic()]
    monkeypatch.setattr(gate.time, "monotonic", lambda: now[0])
    tries = Tries()
    for number in range(MOST_TRIES):
        tries.count(f"2001:db8::{number}")
    with pytest.raises(TooManyTries):
        tries.refuse_too_many("2001:db8::ffff")
    tries.refuse_too_many("2001:db9::1")
    now[0] += gate.SECONDS_A_TRY
    tries.refuse_too_many("2001:db8::ffff")
    for number in range(MOST_ADDRESSES + 10):
        tries.count(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(tries) == MOST_ADDRESSES


def test_the_token_is_shown_once_and_only_its_digest_is_kept(settings: Settings) -> None:
    shown = first_token(settings)
    assert shown is not None
    assert first_token(settings) is None
    file = settings.data_dir / "server" / "token.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert not [path for path in settings.data_dir.rglob("*") if path.is_file() and shown in path.read_text("latin-1")]


def test_a_damaged_token_file_lets_nobody_in(settings: Settings) -> None:
    with on_network(settings) as network:
        (settings.data_dir / "server" / "token.json").write_text('{"sha256": ""}')
        refused = network.ask("GET", "/api/jobs", **bearer(network))
        assert (refused.status, "coaxial token new" in refused.json()["remedy"]) == (507, True)


def test_it_goes_by_its_own_names_only(network: Network) -> None:
    port = network.url.rpartition(":")[2]
    for name in ("localhost", "127.0.0.1", NAME, NAME.upper(), socket.gethostname()):
        for host in (name, f"{name}:{port}"):
            assert network.ask("GET", "/api/jobs", Host=host, **bearer(network)).status == 200, host
    for name in ("evil.example", f"{NAME}.evil.example", f"x{NAME}", "192.0.2.7", "0.0.0.0.evil.example", ""):
        refused = network.ask("GET", "/api/jobs", Host=name, **bearer(network))
        assert (refused.status, refused.json()["title"]) == (403, "Foreign request"), name


def test_an_address_that_it_is_reached_at_is_its_own() -> None:
    access = Access("0.0.0.0")
    assert access.is_for("192.0.2.7:8000", "192.0.2.7")
    assert access.is_for("192.0.2.7", "::ffff:192.0.2.7")
    assert access.is_for("[2001:db8::1]:8000", "2001:db8::1")
    assert not access.is_for("192.0.2.8:8000", "192.0.2.7")
    assert not Access().is_for("192.0.2.7", "192.0.2.7")


@pytest.mark.parametrize(
    ("address", "names", "needed"),
    [
        ("127.0.0.1", (), False),
        ("::1", (), False),
        ("localhost", (), False),
        ("127.0.0.1", (NAME,), True),
        ("0.0.0.0", (), True),
        ("::", (), True),
        ("192.0.2.7", (), True),
        ("studio.local", (), True),
    ],
)
def test_a_token_is_needed_wherever_others_can_reach_it(address: str, names: tuple[str, ...], needed: bool) -> None:
    assert Access(address, names).needs_token is needed


def test_a_page_of_another_origin_is_refused_even_with_the_cookie(network: Network) -> None:
    cookie = network.cookie()
    for origin in ("https://evil.example", f"http://{NAME}:1", "null", f"ftp://{NAME}"):
        assert network.ask("GET", "/api/jobs", Host=NAME, Origin=origin, Cookie=cookie).status == 403, origin
    # A proxy that speaks TLS in front of it.
    for origin in (f"http://{NAME}", f"https://{NAME}"):
        assert network.ask("GET", "/api/jobs", Host=NAME, Origin=origin, Cookie=cookie).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_has_the_browser_send_is_refused_and_a_link_may_lead_here(ask: Client, site: str) -> None:
    def status(method: str, path: str, **more: str) -> int:
        return ask(method, path, **{"Sec-Fetch-Site": site, **more}).status

    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert status("DELETE", "/api/checkpoints/cache/clear") == 403
    assert status("DELETE", "/api/checkpoints/cache/clear", **link) == 403
    assert status("GET", "/api/jobs") == 403
    assert status("GET", "/api/jobs", **{"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}) == 403
    assert status("GET", "/api/jobs", **link) == 200
    for own in ("same-origin", "none"):
        assert ask("GET", "/api/jobs", **{"Sec-Fetch-Site": own}).status == 200


def test_this_computer_needs_no_token(ask: Client) -> None:
    assert ask("GET", "/api/session").json == {"token_needed": False, "signed_in": True, "until": None}
    assert ask("GET", "/api/jobs").status == 200
