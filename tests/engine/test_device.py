"""Which device trains where nobody says so."""

from __future__ import annotations

import torch

from coaxial.domain.options import Budget, TrainOptions
from coaxial.engine import device
from coaxial.engine.device import DeviceReport, choose_compute
from coaxial.engine.train import train
from engine.conftest import Heard


def with_gpus(monkeypatch, *working: bool) -> None:
    def report(which: torch.device) -> DeviceReport:
        works = working[which.index]
        detail = "" if works else "out of memory; close the programs that fill its memory."
        return DeviceReport(str(which), "cuda", 0, works, detail)

    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(working))
    monkeypatch.setattr(device, "_report", report)


def test_a_run_that_passes_over_a_gpu_says_why(hum, tmp_path, monkeypatch):
    with_gpus(monkeypatch, False)
    heard = Heard()
    train(tmp_path, hum, TrainOptions(Budget(steps=1), batch_size=2), heard)
    assert heard.sentences[0] == (
        "The device cuda:0 cannot be used: out of memory; close the programs that fill its memory."
    )
    assert any(", on CPU" in sentence for sentence in heard.sentences)


def test_the_first_gpu_that_works_is_taken(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda which: (8, 0))
    monkeypatch.setattr(torch.cuda, "set_device", lambda which: None)
    monkeypatch.setattr(torch, "set_float32_matmul_precision", lambda precision: None)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)  # and back to that afterwards
    with_gpus(monkeypatch, False, True, False)
    compute = choose_compute()
    assert compute.device == torch.device("cuda", 1)
    assert len(compute.passed_over) == 1 and "cuda:0" in compute.passed_over[0]
