"""The System room: what the machine is like, who works, and what the doctor finds."""

from __future__ import annotations

from api.client import Client
from coaxial.settings import Settings
from coaxial.store import open_store
from jobs.workers import Works


def test_it_tells_what_there_is_and_who_works(ask: Client, settings: Settings, works: Works) -> None:
    (settings.recordings / "ab").mkdir(parents=True)
    (settings.recordings / "ab" / "one.flac").write_bytes(bytes(1000))
    (settings.clips).mkdir()
    (settings.clips / "same.flac").hardlink_to(settings.recordings / "ab" / "one.flac")
    with open_store(settings) as store:
        job = store.add_job("download", {"base": "en-US.amy"})
        store.add_job("download", {"base": "en-US.lessac"})
        store.note_worker("elsewhere:1:ab", "elsewhere", "training on GPU 0")
        store.claim_job(job.id, "elsewhere:1:ab", 60)
    found = ask("GET", "/api/system").json
    assert (found["sizes"]["recordings"], found["sizes"]["clips"]) == (1000, 0)
    assert found["data_dir"] == str(settings.data_dir) and found["database"] == str(settings.database)
    assert {state: found["queue"][state] for state in ("queued", "running", "done")} == {
        "queued": 1,
        "running": 1,
        "done": 0,
    }
    (worker,) = found["workers"]
    assert (worker["host"], worker["jobs"]) == ("elsewhere", [f"/api/jobs/{job.id}"])
    assert found["versions"]["torch"] and 0 < found["disk"]["free"] < found["disk"]["total"]
    assert found["cache"]["checkpoints"] == []


def test_a_worker_is_there_from_its_beginning_to_its_end(ask: Client, works: Works) -> None:
    process = works.start()
    (worker,) = ask("GET", "/api/system").json["workers"]
    assert f":{process.pid}:" in worker["name"]
    process.terminate()
    process.wait(200)
    # One that ended before it could say so is forgotten with its lease.
    ask.until("/api/system", lambda found: found["workers"] == [])


def test_the_doctor_examines_in_a_process_of_its_own_once_for_all_who_ask(ask: Client) -> None:
    first = ask("GET", "/api/system/checks").json
    assert first["ended"] is None
    found = ask.until("/api/system/checks", lambda checks: checks["ended"], seconds=280)
    assert found["begun"] == first["begun"]
    states = {check["name"]: check["state"] for check in found["checks"]}
    assert states["python"] == states["store"] == states["audio"] == states["phonemizer"] == states["torch"] == "ok"
    assert any(name.startswith(("cpu", "cuda")) for name in states)
    again = ask("POST", "/api/system/checks")
    assert (again.status, again.json["ended"]) == (202, None) and again.json["begun"] != first["begun"]
