"""Which part of a machine a job may have, and what its process sees of it."""

from __future__ import annotations

from typing import Any

import pytest

from coaxial.domain.jobs import JobKind
from coaxial.jobs.slots import Slots
from coaxial.settings import Settings
from coaxial.store import open_store
from coaxial.store.job_records import JobRecord


@pytest.fixture
def job(tmp_path: Any) -> Any:
    with open_store(Settings(data_dir=tmp_path, processes=1)) as store:

        def made(kind: JobKind, device: str = "auto") -> JobRecord:
            return store.add_job(kind, {"options": {"device": device}})

        yield made


def slots(*gpus: int, visible: tuple[str, ...] = ("4", "5")) -> Slots:
    return Slots("here", gpus, visible, cpu_jobs=2)


def names(slots: Slots, job: JobRecord) -> list[tuple[str, ...]]:
    return [place.slots for place in slots.places(job)]


def test_a_training_takes_any_one_gpu_of_its_worker_and_sees_no_other(job: Any) -> None:
    places = slots(0, 1).places(job("train"))
    assert [place.slots for place in places] == [("here/gpu:0",), ("here/gpu:1",)]
    assert [place.environment["CUDA_VISIBLE_DEVICES"] for place in places] == ["4", "5"]


def test_a_training_that_names_gpus_takes_just_those(job: Any) -> None:
    assert names(slots(0, 1), job("train", "cuda:1")) == [("here/gpu:1",)]
    assert names(slots(0, 1), job("train", "cuda:0, cuda:1")) == [("here/gpu:0", "here/gpu:1")]
    assert names(slots(1), job("train", "cuda:0")) == []
    assert names(slots(), job("train", "cuda")) == []


def test_without_a_gpu_the_processor_trains_one_at_a_time(job: Any) -> None:
    assert names(slots(), job("train")) == [("here/training",)]
    assert names(slots(0), job("train", "cpu")) == [("here/training",)]


@pytest.mark.parametrize("kind", ["import", "prepare", "download", "export"])
def test_other_jobs_leave_the_gpus_alone(kind: JobKind, job: Any) -> None:
    places = slots(0, 1).places(job(kind))
    assert [place.slots for place in places] == [("here/cpu:0",), ("here/cpu:1",)]
    assert all(place.environment["CUDA_VISIBLE_DEVICES"] == "" for place in places)
