"""Checkpoints as rhasspy/piper's trainer wrote them (Lightning 1.7), with all that made other readers fail on them.

The tensors have the names, shapes and order of the real files; their values are small noise.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
import torch

from coaxial.domain.quality import NetworkShape, Quality
from coaxial.engine.vits.discriminator import MultiPeriodDiscriminator
from coaxial.engine.vits.synthesizer import Synthesizer

OLD_EPOCH, OLD_STEP = 2164, 1355540

State = dict[str, torch.Tensor]


def write_old_checkpoint(
    path: pathlib.Path,
    quality: Quality = Quality.X_LOW,
    *,
    speakers: int = 1,
    discriminator: bool = False,
    full_size: bool = False,
    zipped: bool = True,
    change: Callable[[dict[str, Any]], None] | None = None,
) -> pathlib.Path:
    """Write a checkpoint of a tier; an x_low one without discriminator has 28 MB.

    full_size: with discriminator, and both optimizers' states of every parameter: 846 MB for a medium one.
    zipped: in torch's format since 1.6, else in the one before it. change: gets the contents before they are written.
    """
    generator, critic = generator_state(quality, speakers), discriminator_state()
    state = {f"model_g.{key}": value for key, value in generator.items()}
    if discriminator or full_size:
        state |= {f"model_d.{key}": value for key, value in critic.items()}
    contents = {
        "epoch": OLD_EPOCH,
        "global_step": OLD_STEP,
        "pytorch-lightning_version": "1.7.7",
        "state_dict": state,
        "loops": _loops(),
        "callbacks": {"ModelCheckpoint{'monitor': None, 'every_n_epochs': 1}": _model_checkpoint()},
        "optimizer_states": [_adam(generator, 2e-4, full_size), _adam(critic, 2e-4, full_size)],
        "lr_schedulers": [_exponential_decay(), _exponential_decay()],
        "hparams_name": "kwargs",
        "hyper_parameters": old_hyper_parameters(quality, speakers),
    }
    if change:
        change(contents)
    torch.save(contents, path, _use_new_zipfile_serialization=zipped)
    return path


@pytest.fixture(scope="session")
def full_size_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A medium checkpoint of 846 MB, of which there is one a session; read it only. Tests that use it are slow."""
    # A fixture that several modules import is one fixture in each of them.
    folder = tmp_path_factory.getbasetemp() / "full_size"
    path = folder / f"epoch={OLD_EPOCH}-step={OLD_STEP}.ckpt"
    if not path.exists():
        folder.mkdir()
        write_old_checkpoint(path, Quality.MEDIUM, full_size=True)
    return path


def generator_state(quality: Quality, speakers: int = 1) -> State:
    """Tensors of a generator by name, without Lightning's prefix."""
    with torch.device("meta"):
        network = Synthesizer(NetworkShape.of(quality, speakers))
    return _noise(network)


def discriminator_state() -> State:
    """Tensors of the multi-period discriminator by name, without Lightning's prefix."""
    with torch.device("meta"):
        network = MultiPeriodDiscriminator()
    return _noise(network)


def _noise(network: torch.nn.Module) -> State:
    random = torch.Generator().manual_seed(1)
    return {key: 0.02 * torch.randn(meta.shape, generator=random) for key, meta in network.state_dict().items()}


def _adam(parameters: State, rate: float, whole: bool) -> dict[str, Any]:
    """AdamW's state of every parameter, or of the smallest one only."""
    sizes = [parameter.numel() for parameter in parameters.values()]
    state = {
        number: {
            "step": torch.tensor(float(OLD_STEP // 2)),
            "exp_avg": torch.zeros_like(parameter),
            "exp_avg_sq": torch.zeros_like(parameter),
        }
        for number, parameter in enumerate(parameters.values())
        if whole or number == sizes.index(min(sizes))
    }
    group = {
        "lr": rate,
        "betas": [0.8, 0.99],
        "eps": 1e-9,
        "weight_decay": 0.01,
        "amsgrad": False,
        "foreach": None,
        "maximize": False,
        "capturable": False,
        "initial_lr": rate,
        "params": list(range(len(parameters))),
    }
    return {"state": state, "param_groups": [group]}


def _exponential_decay() -> dict[str, Any]:
    return {
        "gamma": 0.999875,
        "base_lrs": [2e-4],
        "last_epoch": 0,
        "verbose": False,
        "_step_count": 1,
        "_get_lr_called_within_step": False,
        "_last_lr": [2e-4],
    }


def _model_checkpoint() -> dict[str, Any]:
    best = f"/home/trainer/lightning_logs/version_3/checkpoints/epoch={OLD_EPOCH}-step={OLD_STEP}.ckpt"
    return {
        "monitor": None,
        "best_model_score": None,
        "best_model_path": best,
        "current_score": None,
        "dirpath": best.rpartition("/")[0],
        "best_k_models": {},
        "kth_best_model_path": "",
        "kth_value": torch.tensor(float("inf")),
        "last_model_path": "",
    }


def _loops() -> dict[str, Any]:
    counts = {"ready": OLD_STEP, "completed": OLD_STEP, "started": OLD_STEP, "processed": OLD_STEP}
    progress = {"total": counts, "current": dict.fromkeys(counts, 626), "is_last_batch": True}
    optimizer = {"optim_progress": {"optimizer": {"step": progress, "zero_grad": progress}, "optimizer_position": 1}}
    fit = {
        "state_dict": {},
        "epoch_loop.state_dict": {"_batches_that_stepped": OLD_STEP},
        "epoch_loop.batch_progress": progress,
        "epoch_loop.scheduler_progress": progress,
        "epoch_loop.batch_loop.state_dict": {},
        "epoch_loop.batch_loop.optimizer_loop.state_dict": {},
        "epoch_loop.batch_loop.optimizer_loop.optim_progress": optimizer,
        "epoch_progress": progress,
    }
    return {"fit_loop": fit, "validate_loop": {"state_dict": {}}, "test_loop": {}, "predict_loop": {}}


def old_hyper_parameters(quality: Quality, speakers: int) -> dict[str, Any]:
    """The model's arguments, and everything else of the trainer's command line."""
    folder = pathlib.PosixPath("/home/trainer/lessac")
    shape = NetworkShape.of(quality, speakers)
    return {
        **vars(shape),
        "sample_bytes": 2,
        "channels": 1,
        "filter_length": 1024,
        "hop_length": 256,
        "win_length": 1024,
        "mel_channels": 80,
        "mel_fmin": 0.0,
        "mel_fmax": None,
        "n_layers_q": 3,
        "use_spectral_norm": False,
        "use_sdp": True,
        "segment_size": 8192,
        "dataset": [folder / "dataset.jsonl"],
        "dataset_dir": folder,
        "learning_rate": 2e-4,
        "betas": (0.8, 0.99),
        "eps": 1e-9,
        "batch_size": 32,
        "lr_decay": 0.999875,
        "init_lr_ratio": 1.0,
        "warmup_epochs": 0,
        "c_mel": 45,
        "c_kl": 1.0,
        "grad_clip": None,
        "num_workers": 1,
        "seed": 1234,
        "num_test_examples": 5,
        "validation_split": 0.0,
        "max_phoneme_ids": None,
        "quality": str(quality),
        "checkpoint_epochs": 1,
        "resume_from_single_speaker_checkpoint": None,
        **_TRAINER_ARGUMENTS,
    }


# fmt: off
_TRAINER_ARGUMENTS: dict[str, Any] = {
    # of Lightning 1.7's own command line, each with its default or what the README said
    "accelerator": "gpu", "accumulate_grad_batches": None, "amp_backend": "native", "amp_level": None,
    "auto_lr_find": False, "auto_scale_batch_size": False, "auto_select_gpus": False, "benchmark": None,
    "check_val_every_n_epoch": 1, "default_root_dir": pathlib.PosixPath("/home/trainer/lessac"),
    "detect_anomaly": False, "deterministic": None, "devices": "1", "enable_checkpointing": True,
    "enable_model_summary": True, "enable_progress_bar": True, "fast_dev_run": False, "gpus": None,
    "gradient_clip_algorithm": None, "gradient_clip_val": None, "ipus": None, "limit_predict_batches": None,
    "limit_test_batches": None, "limit_train_batches": None, "limit_val_batches": None, "log_every_n_steps": 50,
    "logger": True, "max_epochs": 10000, "max_steps": -1, "max_time": None, "min_epochs": None, "min_steps": None,
    "move_metrics_to_cpu": False, "multiple_trainloader_mode": "max_size_cycle", "num_nodes": 1,
    "num_processes": None, "num_sanity_val_steps": 2, "overfit_batches": 0.0, "plugins": None, "precision": "32",
    "profiler": None, "reload_dataloaders_every_n_epochs": 0, "replace_sampler_ddp": True,
    "resume_from_checkpoint": None, "strategy": None, "sync_batchnorm": False, "tpu_cores": None,
    "track_grad_norm": -1, "val_check_interval": None, "weights_save_path": None,
}
# fmt: on
