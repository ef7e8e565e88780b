"""`coaxial api` for more than this computer: token, TLS, and connections that say nothing."""

from __future__ import annotations

import hashlib
import json
import re
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
import urllib3

from cli.studios import COMMAND, Studio, studio
from coaxial.settings import Settings
from coaxial.workflows.certificate import given_certificate, own_certificate

NAME = "studio.example"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, check=False, timeout=60)


def token_shown(it: Studio) -> str:
    found = re.search(r"coaxial_\S+", it.out.until("shown this once"))
    assert found
    return found.group()


def test_the_token_is_shown_at_the_first_start_only_and_another_one_ends_it(tmp_path: Path) -> None:
    with studio(tmp_path, "--allow-host", NAME, command="api") as it:
        token = token_shown(it)
        url = f"{it.url()}/api/jobs"
        assert urllib3.request("GET", url).status == 401
        assert urllib3.request("GET", url, headers={"Authorization": f"Bearer {token}", "Host": NAME}).status == 200
        newer = run("token", "new", "--data-dir", str(tmp_path)).stdout.strip()
        assert urllib3.request("GET", url, headers={"Authorization": f"Bearer {token}"}).status == 401
        assert urllib3.request("GET", url, headers={"Authorization": f"Bearer {newer}"}).status == 200
        assert it.end() == 0
    with studio(tmp_path, "--allow-host", NAME, command="api") as it:
        it.url()
        assert it.end() == 0
        assert "coaxial_" not in it.out.rest()
        assert it.err.rest().startswith("Without --tls others on the network can read")


def test_tls_is_spoken_with_a_certificate_that_is_kept_and_whose_fingerprint_is_shown(tmp_path: Path) -> None:
    fingerprints = []
    for _ in range(2):
        with studio(tmp_path, "--tls", command="api") as it:
            shown = it.out.until("SHA-256 fingerprint").split()[-1]
            url = it.url()
            assert url.startswith("https://127.0.0.1:")
            trusting = ssl.create_default_context(cafile=tmp_path / "server" / "certificate.pem")
            with (
                socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as raw,
                trusting.wrap_socket(raw, server_hostname="localhost") as secure,
            ):
                certificate = secure.getpeercert(binary_form=True)
                assert certificate
                assert secure.version() in ("TLSv1.2", "TLSv1.3")
            assert hashlib.sha256(certificate).hexdigest().upper() == shown.replace(":", "")
            pool = urllib3.PoolManager(ssl_context=trusting)
            session = pool.request("GET", f"{url}/api/session", headers={"Origin": url})
            assert session.json()["signed_in"]
            with pytest.raises(urllib3.exceptions.MaxRetryError, match="CERTIFICATE_VERIFY_FAILED"):
                urllib3.PoolManager().request("GET", f"{url}/api/session", retries=0)
            fingerprints.append(shown)
            assert it.end(signal.SIGTERM) == 0
    assert fingerprints[0] == fingerprints[1]
    assert (tmp_path / "server" / "certificate.pem").stat().st_mode & 0o777 == 0o600


def test_the_cookie_of_a_server_with_tls_is_for_tls_only(tmp_path: Path) -> None:
    with studio(tmp_path, "--tls", "--allow-host", NAME, command="api") as it:
        token = token_shown(it)
        pool = urllib3.PoolManager(ca_certs=str(tmp_path / "server" / "certificate.pem"))
        answer = pool.request("POST", f"{it.url()}/api/session", json={"token": token})
        cookie = [part.strip() for part in answer.headers["Set-Cookie"].split(";")]
        assert cookie[0].startswith("__Host-coaxial-")
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie)


def test_a_certificate_covers_new_names_and_keeps_the_old_ones(tmp_path: Path) -> None:
    settings = Settings.read(tmp_path, {})
    first = own_certificate(settings, ["localhost", "127.0.0.1"]).fingerprint
    assert own_certificate(settings, ["localhost"]).fingerprint == first
    wider = own_certificate(settings, ["studio.local", "2001:db8::1"])
    assert wider.fingerprint != first
    assert own_certificate(settings, ["localhost", "127.0.0.1", "studio.local", "2001:db8::1"]) == wider
    wider.file.write_text("damaged")
    assert own_certificate(settings, ["localhost"]).fingerprint


def test_a_certificate_of_one_s_own_is_used_and_one_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    settings = Settings.read(tmp_path / "data", {})
    made = own_certificate(settings, ["localhost", "127.0.0.1"])
    text = made.file.read_text()
    key_at = text.index("-----BEGIN PRIVATE KEY")
    (tmp_path / "chain.pem").write_text(text[:key_at])
    (tmp_path / "key.pem").write_text(text[key_at:])
    assert given_certificate(tmp_path / "chain.pem", tmp_path / "key.pem").fingerprint == made.fingerprint
    files = ["--certificate", str(tmp_path / "chain.pem"), "--key", str(tmp_path / "key.pem")]
    with studio(tmp_path / "data", *files, command="api") as it:
        assert made.fingerprint in it.out.until("fingerprint")
        assert it.url().startswith("https://")
    for words, sentence in (
        (files[:2], "no certificate with its key"),
        (["--certificate", str(tmp_path / "none.pem")], "There is no file"),
        (files[2:], "--key was given without --certificate"),
    ):
        done = run("api", "--port", "0", "--data-dir", str(tmp_path / "data"), *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert sentence in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--host", "192.0.2.7"], 2, "error: 192.0.2.7 is no address of this machine."),
        (["--host", "no.such.name.invalid"], 2, "error: There is no address 'no.such.name.invalid'."),
        (["--port", "70000"], 2, "error: --port 70000 is no port: they go from 1 to 65535."),
        (["--port", "-1"], 2, "error: --port -1 is no port: they go from 1 to 65535."),
    ],
)
def test_an_address_that_cannot_be_listened_at_is_a_sentence(
    tmp_path: Path, words: list[str], code: int, sentence: str
) -> None:
    for command in ("api", "studio"):
        done = run(command, *words, "--data-dir", str(tmp_path))
        assert (done.returncode, done.stdout, done.stderr.splitlines()[0]) == (code, "", sentence)


def test_what_it_does_is_in_a_log_of_json_lines_with_the_request_s_id(tmp_path: Path) -> None:
    with studio(tmp_path, command="api") as it:
        answer = urllib3.request("GET", f"{it.url()}/api/jobs?limit=7", headers={"Authorization": "Bearer secret"})
        assert it.end() == 0
    (file,) = (tmp_path / "logs").glob("api-*.jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    (line,) = [line for line in lines if line.get("request") == answer.headers["X-Request-Id"]]
    told = {name: line[name] for name in ("level", "method", "path", "route", "status", "address")}
    assert told == {
        "level": "info",
        "method": "GET",
        "path": "/api/jobs",
        "route": "/api/jobs",
        "status": 200,
        "address": "127.0.0.1",
    }
    assert line["milliseconds"] >= 0
    assert "secret" not in file.read_text()


@pytest.mark.slow
def test_a_connection_that_does_not_say_what_it_wants_is_ended(tmp_path: Path) -> None:
    with studio(tmp_path, command="api") as it:
        port = int(it.url().rpartition(":")[2])
        began = time.monotonic()
        silent, halfway = (socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(2))
        halfway.sendall(b"GET /api/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /api/jobs HTTP/1.1\r\nHo")
        assert silent.recv(1000) == b""
        while halfway.recv(1 << 16):
            pass
        assert 4 < time.monotonic() - began < 60


def test_headers_without_end_are_refused(tmp_path: Path) -> None:
    with studio(tmp_path, command="api") as it:
        port = int(it.url().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"x" * 100_000)
            assert raw.recv(100).startswith(b"HTTP/1.1 400 ")
