"""The network of the Silero voice activity detector (version 6, 16 kHz; Silero Team, MIT licence), in numpy.

Its weights are those of the silero-vad package, whose own code would import torch. ONNX Runtime multiplies this
network's small matrices one frame at a time; here many frames and clips share one product, which takes 40 % of the
time and gives the same probabilities (tests/audio/test_silero.py compares them).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from coaxial.audio.decode import Samples

RATE = 16_000
"""Sample rate the detector listens at."""

FRAME = 512
"""Samples per probability, 32 ms."""

# Samples of the frame before that a frame begins with, and of its own end that are mirrored behind it.
_CONTEXT = _MIRRORED = 64
_WINDOW, _HOP, _BINS = 256, 128, 129
_WINDOWS = 4
_HIDDEN = 128

# Taps of each convolution's kernel that meet anything but padding.
_TAPS = (slice(0, 3), slice(0, 3), slice(1, 3), slice(1, 2))

# So few frames that everything computed from them stays in the processor's cache.
_BLOCK = 48


@dataclass(frozen=True)
class _Weights:
    """Matrices (in, out) that stand to the right of rows; convolution taps lie one after the other in `in`."""

    window: Samples
    convolutions: tuple[tuple[Samples, Samples], ...]
    """Matrix and bias of each layer."""
    gates_in: Samples
    """(128, 512) of the features; gates in the order input, forget, output, candidate."""
    gates_hidden: Samples
    """(128, 512) of the state before."""
    gates_bias: Samples
    out: Samples
    """(128,)"""
    out_bias: np.float32


def speech_probabilities(clips: Sequence[Samples]) -> list[Samples]:
    """Probability of speech in every 32 ms of each clip.

    clips: (n,) float32 at 16 kHz each. Returns: (ceil(n / 512),) float32 each.
    """
    order = sorted(range(len(clips)), key=lambda index: -len(clips[index]))
    windows = [_windows(clips[index]) for index in order]
    lengths = np.array([len(one) for one in windows], dtype=np.int64)
    found = [np.empty(length, dtype=np.float32) for length in lengths]
    hidden = np.zeros((len(clips), _HIDDEN), dtype=np.float32)
    cell = np.zeros_like(hidden)
    for begin in range(0, int(lengths.max(initial=0)), _BLOCK):
        # Longest first, so the clips that still go on are always the first rows.
        active = [one[begin : begin + _BLOCK] for one in windows if len(one) > begin]
        states = _recur([_features(frames) for frames in active], hidden, cell)
        for row, frames in enumerate(active):
            found[row][begin : begin + len(frames)] = _probability(states[: len(frames), row])
    restored: list[Samples] = [np.zeros(0, dtype=np.float32)] * len(clips)
    for row, index in enumerate(order):
        restored[index] = found[row]
    return restored


def _windows(clip: Samples) -> Samples:
    """(n,) to (frames, 576), a view: each frame behind the end of the one before."""
    frames = -(-len(clip) // FRAME)
    padded = np.zeros(_CONTEXT + max(1, frames) * FRAME, dtype=np.float32)
    padded[_CONTEXT : _CONTEXT + len(clip)] = clip
    return np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT + FRAME)[::FRAME][:frames]


def _features(frames: Samples) -> Samples:
    """Frames (n, 576) to the recurrent layer's input (n, 512)."""
    weights = _weights()
    count = len(frames)
    mirrored = np.concatenate([frames, frames[:, -2 : -2 - _MIRRORED : -1]], axis=1)
    short = np.empty((count, _WINDOWS, _WINDOW), dtype=np.float32)
    for number in range(_WINDOWS):
        np.multiply(mirrored[:, number * _HOP : number * _HOP + _WINDOW], weights.window, out=short[:, number])
    squares = np.fft.rfft(short, axis=2).view(np.float32).reshape(count, _WINDOWS, _BINS, 2)
    np.multiply(squares, squares, out=squares)
    padded = np.zeros((count, _WINDOWS + 2, _BINS), dtype=np.float32)
    magnitudes = padded[:, 1:-1]
    np.add(squares[..., 0], squares[..., 1], out=magnitudes)
    np.sqrt(magnitudes, out=magnitudes)
    first, second, third, fourth = weights.convolutions
    wide = np.zeros((count, _WINDOWS + 1, 128), dtype=np.float32)
    wide[:, 1:] = _layer(_taps(padded, 1), first).reshape(count, _WINDOWS, 128)
    narrow = _layer(_taps(wide, 2), second).reshape(count, -1)
    features = _layer(_layer(narrow, third), fourth) @ weights.gates_in
    features += weights.gates_bias
    return features


def _taps(positions: Samples, stride: int) -> Samples:
    """(n, positions, channels) to a row of three neighbours' channels for every stride-th position."""
    last = positions.shape[1] - 2
    neighbours = [positions[:, tap : tap + last : stride] for tap in range(3)]
    return np.concatenate(neighbours, axis=2).reshape(-1, 3 * positions.shape[2])


def _layer(rows: Samples, layer: tuple[Samples, Samples]) -> Samples:
    """A convolution as a product, and its rectifier."""
    matrix, bias = layer
    product = rows @ matrix
    product += bias
    rectified: Samples = np.maximum(product, 0, out=product)
    return rectified


def _recur(features: Sequence[Samples], hidden: Samples, cell: Samples) -> Samples:
    """Run the LSTM over clips side by side, changing hidden and cell (B, 128); longest clip first.

    features: (n, 512) of each clip. Returns: (longest n, clips, 128), the state after every frame.
    """
    weights = _weights()
    lengths = np.array([len(one) for one in features])
    states = np.empty((lengths[0], len(features), _HIDDEN), dtype=np.float32)
    gates = np.empty((lengths[0], len(features), 4 * _HIDDEN), dtype=np.float32)
    for row, one in enumerate(features):
        gates[: len(one), row] = one
    for step in range(lengths[0]):
        going = int((lengths > step).sum())
        total = hidden[:going] @ weights.gates_hidden
        total += gates[step, :going]
        sigmoid = _sigmoid(total[:, : 3 * _HIDDEN])
        candidate = np.tanh(total[:, 3 * _HIDDEN :])
        cell[:going] *= sigmoid[:, _HIDDEN : 2 * _HIDDEN]
        candidate *= sigmoid[:, :_HIDDEN]
        cell[:going] += candidate
        np.multiply(np.tanh(cell[:going]), sigmoid[:, 2 * _HIDDEN :], out=hidden[:going])
        states[step, :going] = hidden[:going]
    return states


def _probability(states: Samples) -> Samples:
    """(n, 128) states to (n,) probabilities."""
    weights = _weights()
    return _sigmoid(np.maximum(states, 0) @ weights.out + weights.out_bias)


def _sigmoid(values: Samples) -> Samples:
    # As a tangent, which unlike the exponential cannot overflow.
    result: Samples = np.tanh(values * np.float32(0.5))
    result *= np.float32(0.5)
    result += np.float32(0.5)
    return result


@cache
def _weights() -> _Weights:
    """From the ONNX file inside the silero-vad package: six convolutions, of which the first is a Fourier transform."""
    # Imported when first needed: the process that only hands out work does without.
    import onnx

    package = find_spec("silero_vad")
    assert package is not None and package.origin is not None, "silero-vad is a dependency of this package"
    graph = onnx.load(str(Path(package.origin).parent / "data" / "silero_vad_16k_sequence.onnx")).graph
    transform, *convolutions, (out, out_bias) = _inputs(graph, "Conv")
    ((gates_in, gates_hidden, biases),) = _inputs(graph, "LSTM")
    return _Weights(
        # The basis of the transform's lowest bin, which does not oscillate, is the window.
        window=transform[0][0, 0],
        # The third layer sees two positions and a padded one, the fourth one position between two padded ones.
        convolutions=tuple(
            _matrix(kernel[:, :, taps], bias) for (kernel, bias), taps in zip(convolutions, _TAPS, strict=True)
        ),
        gates_in=_gates(gates_in[0]),
        gates_hidden=_gates(gates_hidden[0]),
        gates_bias=_gates(biases[0, : 4 * _HIDDEN] + biases[0, 4 * _HIDDEN :]),
        out=out.reshape(-1),
        out_bias=np.float32(out_bias[0]),
    )


def _inputs(graph: Any, kind: str) -> list[list[Samples]]:
    """The stored tensors that each node of a kind works with, in the order of the graph."""
    from onnx.numpy_helper import to_array

    stored = {one.name: to_array(one) for one in graph.initializer}
    return [[stored[name] for name in node.input if name in stored] for node in graph.node if node.op_type == kind]


def _matrix(kernel: Samples, bias: Samples) -> tuple[Samples, Samples]:
    """Kernel (out, in, taps) to (taps · in, out)."""
    return np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, len(kernel))), bias


def _gates(values: Samples) -> Samples:
    """(512, ...) in ONNX's order (input, output, forget, candidate) to ours, transposed."""
    entering, output, forget, candidate = np.split(values, 4)
    return np.ascontiguousarray(np.concatenate([entering, forget, output, candidate]).T)
