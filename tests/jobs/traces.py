"""What a finished training leaves, to be compared with that of one that nobody disturbed."""

from __future__ import annotations

import torch

from jobs.workers import Works

STEPS = 4
"""Of a training that is disturbed; a checkpoint of 700 MB follows every second one."""


class Trace:
    """A training job's metrics, byte for byte, and its last weights."""

    def __init__(self, works: Works, id: int) -> None:
        run = works.store.run(str(works.done(id).result["run"]))
        self.metrics = (run.folder / "metrics.jsonl").read_bytes()
        contents = torch.load(run.folder / "checkpoints" / "last.ckpt", weights_only=True)
        self.weights = {**contents["state_dict"], **contents["coaxial"]["generator_average"]}
        self.state = (run.state, run.step)

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Trace)
        assert (self.state, self.metrics) == (other.state, other.metrics)
        assert self.weights.keys() == other.weights.keys()
        return all(torch.equal(value, other.weights[key]) for key, value in self.weights.items())

    __hash__ = None  # type: ignore[assignment]
