"""Names and shapes of every tensor in Piper's networks, as its trainers' checkpoints have them.

VITS (Kim et al. 2021) with Piper's numbers. tests/checkpoints/test_layout.py holds it to the networks themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from coaxial.domain.quality import FFT_SIZE, NetworkShape

Layout = dict[str, tuple[int, ...]]
"""State-dict key, without Lightning's prefix, to tensor shape."""

_Entries = Iterator[tuple[str, tuple[int, ...]]]

_RELATIVE_POSITIONS = 9
_WAVENET_KERNEL = 5
_POSTERIOR_LAYERS, _FLOW_LAYERS = 16, 4
_FLOWS = (0, 2, 4, 6)
_DURATION_FLOWS = (1, 3, 5, 7)
_SPLINE_OUTPUTS = 29
"""Widths, heights and inner derivatives of a rational-quadratic spline of ten bins (Durkan et al. 2019)."""


def generator_layout(shape: NetworkShape) -> Layout:
    """Tensors of `model_g`."""
    hidden, conditioning = shape.hidden_channels, shape.gin_channels
    layout = dict(_text_encoder(shape)) | dict(_decoder(shape))
    layout |= dict(_convolution("enc_q.pre", hidden, FFT_SIZE // 2 + 1))
    layout |= dict(_wavenet("enc_q.enc", hidden, _POSTERIOR_LAYERS, conditioning))
    layout |= dict(_convolution("enc_q.proj", 2 * shape.inter_channels, hidden))
    for number in _FLOWS:
        name = f"flow.flows.{number}"
        layout |= dict(_convolution(f"{name}.pre", hidden, shape.inter_channels // 2))
        layout |= dict(_wavenet(f"{name}.enc", hidden, _FLOW_LAYERS, conditioning))
        layout |= dict(_convolution(f"{name}.post", shape.inter_channels // 2, hidden))
    layout |= dict(_duration_predictor(hidden, conditioning))
    if shape.num_speakers > 1:
        layout["emb_g.weight"] = (shape.num_speakers, conditioning)
    return layout


def discriminator_layout() -> Layout:
    """Tensors of `model_d`: one discriminator of the waveform, and five of it folded by a period."""
    layout: Layout = {}
    channels = (16, 64, 256, 1024, 1024, 1024)
    inputs, kernels = (1, 4, 4, 4, 4, 1024), (15, 41, 41, 41, 41, 5)
    for number, (outputs, input_channels, kernel) in enumerate(zip(channels, inputs, kernels, strict=True)):
        layout |= dict(_normed(f"discriminators.0.convs.{number}", outputs, input_channels, kernel))
    layout |= dict(_normed("discriminators.0.conv_post", 1, 1024, 3))
    for period in range(1, 6):
        name = f"discriminators.{period}"
        for number, (before, after) in enumerate(pairwise((1, 32, 128, 512, 1024, 1024))):
            layout |= dict(_normed(f"{name}.convs.{number}", after, before, 5, 1))
        layout |= dict(_normed(f"{name}.conv_post", 1, 1024, 3, 1))
    return layout


def _text_encoder(shape: NetworkShape) -> _Entries:
    hidden, wide, kernel = shape.hidden_channels, shape.filter_channels, shape.kernel_size
    yield "enc_p.emb.weight", (shape.num_symbols, hidden)
    for layer in range(shape.n_layers):
        attention = f"enc_p.encoder.attn_layers.{layer}"
        for table in ("emb_rel_k", "emb_rel_v"):
            yield f"{attention}.{table}", (1, _RELATIVE_POSITIONS, hidden // shape.n_heads)
        for part in ("conv_q", "conv_k", "conv_v", "conv_o"):
            yield from _convolution(f"{attention}.{part}", hidden, hidden)
        yield from _convolution(f"enc_p.encoder.ffn_layers.{layer}.conv_1", wide, hidden, kernel)
        yield from _convolution(f"enc_p.encoder.ffn_layers.{layer}.conv_2", hidden, wide, kernel)
        yield from _layer_norm(f"enc_p.encoder.norm_layers_1.{layer}", hidden)
        yield from _layer_norm(f"enc_p.encoder.norm_layers_2.{layer}", hidden)
    yield from _convolution("enc_p.proj", 2 * shape.inter_channels, hidden)


def _decoder(shape: NetworkShape) -> _Entries:
    """HiFi-GAN (Kong et al. 2020)."""
    channels = shape.upsample_initial_channel
    yield from _convolution("dec.conv_pre", channels, shape.inter_channels, 7)
    if shape.gin_channels:
        yield from _convolution("dec.cond", channels, shape.gin_channels)
    block = 0
    for number, kernel in enumerate(shape.upsample_kernel_sizes):
        yield f"dec.ups.{number}.bias", (channels // 2,)
        yield f"dec.ups.{number}.weight_g", (channels, 1, 1)
        yield f"dec.ups.{number}.weight_v", (channels, channels // 2, kernel)
        channels //= 2
        for size, dilations in zip(shape.resblock_kernel_sizes, shape.resblock_dilation_sizes, strict=True):
            for part in ("convs1", "convs2") if shape.resblock == "1" else ("convs",):
                for place in range(len(dilations)):
                    yield from _normed(f"dec.resblocks.{block}.{part}.{place}", channels, channels, size)
            block += 1
    yield "dec.conv_post.weight", (1, channels, 7)


def _duration_predictor(hidden: int, conditioning: int) -> _Entries:
    if conditioning:
        yield from _convolution("dp.cond", hidden, conditioning)
    for stage, flows in (("", "flows"), ("post_", "post_flows")):
        yield from _convolution(f"dp.{stage}pre", hidden, 1 if stage else hidden)
        yield from _convolution(f"dp.{stage}proj", hidden, hidden)
        yield from _separable(f"dp.{stage}convs", hidden)
        yield f"dp.{flows}.0.m", (2, 1)
        yield f"dp.{flows}.0.logs", (2, 1)
        for number in _DURATION_FLOWS:
            name = f"dp.{flows}.{number}"
            yield from _convolution(f"{name}.pre", hidden, 1)
            yield from _separable(f"{name}.convs", hidden)
            yield from _convolution(f"{name}.proj", _SPLINE_OUTPUTS, hidden)


def _separable(name: str, channels: int) -> _Entries:
    for layer in range(3):
        yield from _convolution(f"{name}.convs_sep.{layer}", channels, 1, 3)
        yield from _convolution(f"{name}.convs_1x1.{layer}", channels, channels)
        yield from _layer_norm(f"{name}.norms_1.{layer}", channels)
        yield from _layer_norm(f"{name}.norms_2.{layer}", channels)


def _wavenet(name: str, hidden: int, layers: int, conditioning: int) -> _Entries:
    for layer in range(layers):
        yield from _normed(f"{name}.in_layers.{layer}", 2 * hidden, hidden, _WAVENET_KERNEL)
        outputs = 2 * hidden if layer < layers - 1 else hidden
        yield from _normed(f"{name}.res_skip_layers.{layer}", outputs, hidden, 1)
    if conditioning:
        yield from _normed(f"{name}.cond_layer", 2 * hidden * layers, conditioning, 1)


def _convolution(name: str, outputs: int, inputs: int, kernel: int = 1) -> _Entries:
    yield f"{name}.weight", (outputs, inputs, kernel)
    yield f"{name}.bias", (outputs,)


def _normed(name: str, outputs: int, inputs: int, *kernel: int) -> _Entries:
    """A convolution with weight normalisation (Salimans and Kingma 2016)."""
    yield f"{name}.weight_v", (outputs, inputs, *kernel)
    yield f"{name}.weight_g", (outputs, 1, *(1 for _ in kernel))
    yield f"{name}.bias", (outputs,)


def _layer_norm(name: str, channels: int) -> _Entries:
    yield f"{name}.gamma", (channels,)
    yield f"{name}.beta", (channels,)
