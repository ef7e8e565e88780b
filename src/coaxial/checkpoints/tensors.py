"""What stands for torch's objects when a checkpoint is read without torch: a tensor's kind and where it lies."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coaxial.checkpoints.unpickling import Named, StoredPath

# fmt: off
_ITEM_BYTES = {
    "float64": 8, "float32": 4, "float16": 2, "bfloat16": 2,
    "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1,
    "uint64": 8, "uint32": 4, "uint16": 2, "complex128": 16, "complex64": 8,
    "float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e4m3fnuz": 1, "float8_e5m2fnuz": 1,
}

_STORAGES = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16",
    "Long": "int64", "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool",
    "ComplexDouble": "complex128", "ComplexFloat": "complex64",
}
# fmt: on

_QUANTISED = {"QInt8": "int8", "QUInt8": "uint8", "QInt32": "int32"}

_MOST_ELEMENTS = 1 << 40
_MOST_DIMENSIONS = 16
_MOST_PATH_PARTS = 64


@dataclass(frozen=True)
class DType:
    """An element type by torch's name, such as float32."""

    name: str

    @property
    def item_bytes(self) -> int:
        return _ITEM_BYTES[self.name]


@dataclass(frozen=True)
class Unread:
    """An object that torch may load and nothing here needs: a device, a sparse or quantised tensor."""

    kind: str


@dataclass(frozen=True)
class StorageHeader:
    """A run of elements in a checkpoint file that tensors are views of."""

    key: str
    """By which the file finds it."""
    dtype: DType
    elements: int

    @property
    def byte_count(self) -> int:
        return self.elements * self.dtype.item_bytes


@dataclass(frozen=True)
class TensorHeader:
    """Everything of a tensor but its values."""

    dtype: DType
    shape: tuple[int, ...]
    stride: tuple[int, ...]
    """Elements from one index to the next, by dimension."""
    offset: int
    """Of the first element in the storage, in elements of this tensor."""
    storage: StorageHeader

    @property
    def elements(self) -> int:
        return math.prod(self.shape)

    @property
    def is_dense(self) -> bool:
        """Whether its elements fill a run of the storage, every one once, in any order of dimensions."""
        expected = 1
        for stride, size in sorted((stride, size) for stride, size in zip(self.stride, self.shape, strict=True)):
            if size == 1:
                continue
            if stride != expected:
                return False
            expected *= size
        return True


def storage_of(persistent_id: Any) -> StorageHeader:
    """What torch.save writes for a storage: ("storage", kind, key, device, elements). Raises: ValueError."""
    tag, kind, key, _, elements, *view = persistent_id
    if tag != "storage" or not isinstance(kind, DType) or not isinstance(key, str) or view not in ([], [None]):
        raise ValueError("no storage")
    return StorageHeader(key, kind, _whole(elements))


def _tensor(storage: Any, offset: Any, shape: Any, stride: Any, *_: Any) -> TensorHeader:
    return _view(storage, storage.dtype, offset, shape, stride)


def _typed_tensor(storage: Any, offset: Any, shape: Any, stride: Any, _: Any, __: Any, dtype: Any, *___: Any) -> object:
    return _view(storage, dtype, offset, shape, stride)


def _view(storage: Any, dtype: Any, offset: Any, shape: Any, stride: Any) -> TensorHeader:
    if not isinstance(storage, StorageHeader) or not isinstance(dtype, DType):
        raise ValueError("a tensor of no storage")
    if not isinstance(shape, tuple) or not isinstance(stride, tuple) or len(shape) != len(stride):
        raise ValueError("a tensor of no shape")
    if len(shape) > _MOST_DIMENSIONS:
        raise ValueError("a tensor of more dimensions than any network's")
    header = TensorHeader(dtype, tuple(map(_whole, shape)), tuple(map(_whole, stride)), _whole(offset), storage)
    last = header.offset + sum((size - 1) * step for size, step in zip(header.shape, header.stride, strict=True))
    if header.elements and (last + 1) * dtype.item_bytes > storage.byte_count:
        raise ValueError("a tensor that reaches outside of its storage")
    return header


def _whole(number: Any) -> int:
    if type(number) is not int or not 0 <= number <= _MOST_ELEMENTS:
        raise ValueError("no size")
    return number


def _first(value: Any, *_: Any) -> Any:
    return value


def _of_subclass(rebuild: Any, _: Any, arguments: Any, *__: Any) -> Any:
    """torch's tensor with attributes: the tensor."""
    if not isinstance(rebuild, Named) or rebuild.call is _of_subclass or not isinstance(arguments, tuple):
        raise ValueError("no tensor")
    return rebuild.call(*arguments)


def _path(*parts: Any) -> StoredPath:
    if len(parts) > _MOST_PATH_PARTS or not all(isinstance(part, str) for part in parts):
        raise ValueError("no path")
    return StoredPath(parts)


def _bytes(text: Any, encoding: Any = "latin1") -> bytes:
    """How protocol 2 writes bytes."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError("no bytes")
    return text.encode("latin1")


def _empty_dict(*arguments: Any) -> dict[Any, Any]:
    if arguments:
        raise ValueError("no empty dictionary")
    return {}


def _unread(kind: str) -> Callable[..., Unread]:
    return lambda *_: Unread(kind)


def _table() -> dict[str, object]:
    table: dict[str, object] = {f"torch.{name}": DType(name) for name in _ITEM_BYTES}
    for place in ("torch", "torch.cuda"):
        table |= {f"{place}.{kind}Storage": DType(name) for kind, name in _STORAGES.items()}
    table |= {f"torch.{kind}Storage": DType(name) for kind, name in _QUANTISED.items()}
    table["torch.storage.UntypedStorage"] = DType("uint8")
    calls: dict[str, Callable[..., Any]] = {
        "torch._utils._rebuild_tensor": _tensor,
        "torch._utils._rebuild_tensor_v2": _tensor,
        "torch._utils._rebuild_tensor_v3": _typed_tensor,
        "torch._utils._rebuild_parameter": _first,
        "torch._utils._rebuild_parameter_with_state": _first,
        "torch.nn.parameter.Parameter": _first,
        "torch._tensor._rebuild_from_type_v2": _of_subclass,
        "torch.Size": _first,
        "collections.OrderedDict": _empty_dict,
        "builtins.set": lambda items=(): items,
        "_codecs.encode": _bytes,
        **{f"pathlib.{kind}": _path for kind in ("PosixPath", "PurePosixPath", "WindowsPath")},
        **{f"pathlib._local.{kind}": _path for kind in ("PosixPath", "WindowsPath")},
    }
    unread = (
        "torch.Tensor torch.device torch.serialization._get_layout torch._utils._rebuild_qtensor "
        "torch._utils._rebuild_sparse_tensor torch._utils._rebuild_meta_tensor_no_storage "
        "torch._utils._rebuild_nested_tensor torch._utils._rebuild_wrapper_subclass "
        "torch._utils._rebuild_device_tensor_from_numpy torch._utils._rebuild_device_tensor_from_cpu_tensor "
        "torch.qint8 torch.quint8 torch.qint32 torch.per_tensor_affine torch.per_channel_affine "
        "collections.Counter builtins.bytearray builtins.complex"
    )
    table |= {name: Named(name, call) for name, call in calls.items()}
    return table | {name: Named(name, _unread(name)) for name in unread.split()}


TABLE = _table()
"""All that a checkpoint may name: what torch.load(weights_only=True) takes by itself, and the path classes."""
