"""The page is served from its bundle, and from nowhere else; without one, a sentence says where the API is."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from fastapi import FastAPI

from api.client import Client, serving
from coaxial.api.app import create_app
from coaxial.api.pages import WITHOUT_BUNDLE, Pages
from coaxial.settings import Settings

INDEX = '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script type="module" src="/assets/app-1f2e.js"></script>'
GOES_THERE = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def url(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """A server with a bundle, as a front-end's build leaves one."""
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    (folder / "assets" / "app-1f2e.js").write_text("go()")
    (folder / "favicon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    app: FastAPI = create_app(settings)
    app.router.default = Pages(folder)
    with serving(app) as client:
        yield client.url


def get(url: str, **headers: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", url, headers=headers, retries=False, timeout=30)


@pytest.mark.parametrize("path", ["/", "/train", "/record/anna/12?x=1"])
def test_the_page_is_shown_wherever_a_browser_goes(url: str, path: str) -> None:
    came = get(url + path, **GOES_THERE)
    assert (came.status, came.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert came.headers["Cache-Control"] == "no-cache"


def test_each_page_has_a_nonce_of_its_own_which_its_policy_allows_for_styles_only(url: str) -> None:
    nonces = set()
    for _ in range(2):
        came = get(url, **GOES_THERE)
        found = re.search(r'nonce="([^"]+)"', came.data.decode())
        assert found
        policy = came.headers.getlist("Content-Security-Policy")
        assert len(policy) == 1
        assert f"style-src 'self' 'nonce-{found.group(1)}';" in policy[0]
        assert "script-src 'self';" in policy[0]
        nonces.add(found.group(1))
    assert len(nonces) == 2


def test_what_has_a_digest_in_its_name_is_kept_for_good_and_the_rest_asked_for_again(url: str) -> None:
    script, picture = get(f"{url}/assets/app-1f2e.js"), get(f"{url}/favicon.svg")
    assert (script.data, script.headers["Content-Type"]) == (b"go()", "text/javascript; charset=utf-8")
    assert script.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (picture.headers["Content-Type"], picture.headers["Cache-Control"]) == ("image/svg+xml", "no-cache")
    assert get(f"{url}/assets/app-0000.js", **GOES_THERE).status == 404
    assert get(f"{url}/missing.png").status == 404


def test_data_is_never_answered_with_the_page(url: str) -> None:
    for path in ("/api/nothing", "/api", "/v1/nothing"):
        came = get(url + path, **GOES_THERE)
        assert (came.status, came.headers["Content-Type"]) == (404, "application/problem+json")
    assert urllib3.request("POST", url + "/train", retries=False, timeout=30).status == 404


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd"]
)
def test_no_path_leads_out_of_the_bundle(url: str, path: str) -> None:
    with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split()[1] == b"404"
    assert b"secret" not in answer.partition(b"\r\n\r\n")[2].replace(b"secret.txt", b"")


def test_without_a_bundle_a_sentence_says_where_the_api_is(settings: Settings) -> None:
    app = create_app(settings)
    app.router.default = Pages(settings.data_dir / "none")
    with serving(app) as ask:
        came = get(ask.url, **GOES_THERE)
        assert (came.status, came.data.decode()) == (200, WITHOUT_BUNDLE)
        assert Client(ask.url)("GET", "/api/openapi.json").status == 200
