"""What the environment says of the queue is checked where it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from coaxial.domain.errors import InvalidOption
from coaxial.settings import Settings


def test_one_machine_needs_no_servers(tmp_path: Path) -> None:
    settings = Settings.read(tmp_path, {})
    assert (settings.database_url, settings.broker_url, settings.cpu_jobs) == ("", "", 2)


def test_the_environment_says_how_jobs_are_done(tmp_path: Path) -> None:
    given = {
        "COAXIAL_DATABASE_URL": "postgresql://host/voices",
        "COAXIAL_BROKER_URL": "rediss://host",
        "COAXIAL_JOB_LEASE": "12.5",
        "COAXIAL_JOB_GRACE": "90",
        "COAXIAL_CPU_JOBS": "4",
    }
    settings = Settings.read(tmp_path, given)
    assert (settings.database_url, settings.broker_url) == ("postgresql://host/voices", "rediss://host")
    assert (settings.job_lease, settings.job_grace, settings.cpu_jobs) == (12.5, 90.0, 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COAXIAL_DATABASE_URL", "mysql://root:secret@host/x"),
        ("COAXIAL_BROKER_URL", "amqp://guest:secret@host"),
        ("COAXIAL_JOB_LEASE", "0"),
        ("COAXIAL_CPU_JOBS", "none"),
    ],
)
def test_a_mistake_is_named_and_no_password_shown(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match=name) as refused:
        Settings.read(tmp_path, {name: value})
    assert "secret" not in str(refused.value)
