"""A pickle's contents, read opcode by opcode (PEP 307, PEP 3154): nothing is imported, nothing outside a table called.

Python's own unpickler calls what a file names. This one has nothing to call but the functions it is given by name, so a
stranger's file can ask for anything and gets nothing. It also takes no more time and memory than the file's length
allows: every opcode is one small step, nothing is copied, and keys of dictionaries are of kinds that hash quickly.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

_MOST_OPCODES = 2_000_000
"""A checkpoint with both optimizers' states has about 150 000."""

_LONGEST_KEY = 8
"""Of tuples as keys of a dictionary: a tuple is hashed anew at every use."""

# fmt: off
_CONSTANTS = frozenset({
    "INT", "LONG", "LONG1", "LONG4", "BININT", "BININT1", "BININT2", "FLOAT", "BINFLOAT", "UNICODE",
    "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES",
    "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
})

_READ_BY_TORCH = frozenset({
    "PROTO", "STOP", "GLOBAL", "NEWOBJ", "REDUCE", "BUILD", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "MARK",
    "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "NONE", "NEWFALSE", "NEWTRUE", "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT",
    "EMPTY_SET", "BININT", "BININT1", "BININT2", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING", "BINPERSID", "BINGET",
    "LONG_BINGET", "BINPUT", "LONG_BINPUT", "LONG1",
})
# fmt: on
"""What torch.load(weights_only=True) understands (2.13): pickle protocol 2 as torch.save writes it."""

_OLD_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
"""Protocol 2 writes the names that Python 2 had."""


class ForbiddenCall(Exception):
    """A pickle names something outside of the table. name: module.name of what would have been called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class MalformedPickle(Exception):
    """A pickle is cut off, damaged, or larger than any checkpoint's. Its text says which, as the end of a sentence."""


@dataclass(frozen=True)
class Named:
    """A function or class that a pickle may name, and what stands in for it here."""

    name: str
    call: Callable[..., Any]


@dataclass(frozen=True)
class StoredPath:
    """A path object of Python's in a pickle: the parts that it was made of, as they stand there."""

    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts).replace("//", "/", 1) if self.parts else "."


@dataclass(frozen=True)
class Unpickled:
    """What a pickle holds."""

    value: Any
    foreign_opcodes: frozenset[str]
    """Opcodes in it that torch's own safe reader does not know; empty for what torch.save writes."""


def unpickle(file: BinaryIO, table: Mapping[str, object], persistent: Callable[[Any], Any]) -> Unpickled:
    """Read one pickle from where the file stands; it stands behind the pickle afterwards.

    table: what stands for every `module.name` a pickle may use: a Named where it may be called, else any object.
    persistent: gives the object of a persistent id (of a storage, in torch's files).

    Raises: ForbiddenCall, MalformedPickle.
    """
    machine = _Machine(table, persistent)
    foreign: set[str] = set()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(file)):
            if count > _MOST_OPCODES:
                raise MalformedPickle("it describes far more than a checkpoint has")
            if opcode.name not in _READ_BY_TORCH:
                foreign.add(opcode.name)
            machine.step(opcode.name, argument)
        return Unpickled(machine.stack.pop(), frozenset(foreign))
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, OverflowError, EOFError) as error:
        raise MalformedPickle("its contents end early or contradict themselves") from error


class _Machine:
    """The stack, the marks on it and the memo, as PEP 307 and pickletools describe them."""

    def __init__(self, table: Mapping[str, object], persistent: Callable[[Any], Any]) -> None:
        self.stack: list[Any] = []
        self._marked: list[list[Any]] = []
        self._memo: dict[int, Any] = {}
        self._table = table
        self._persistent = persistent

    def step(self, opcode: str, argument: Any) -> None:
        if opcode in _CONSTANTS:
            self.stack.append(argument)
            return
        do = _STEPS.get(opcode)
        if do is None:
            raise MalformedPickle(f"it uses {opcode}, which no checkpoint needs")
        do(self, argument)

    def push(self, value: Any) -> None:
        self.stack.append(value)

    def mark(self) -> None:
        self._marked.append(self.stack)
        self.stack = []

    def since_mark(self) -> list[Any]:
        """Everything above the last mark, taken from the stack."""
        items, self.stack = self.stack, self._marked.pop()
        return items

    def put(self, number: int) -> None:
        self._memo[number] = self.stack[-1]

    def memoize(self) -> None:
        self._memo[len(self._memo)] = self.stack[-1]

    def get(self, number: int) -> None:
        self.stack.append(self._memo[number])

    def tuple_of(self, count: int) -> None:
        items = [self.stack.pop() for _ in range(count)]
        self.stack.append(tuple(reversed(items)))

    def extend(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, list):
            raise MalformedPickle("it appends to what is no list")
        target.extend(items)

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise MalformedPickle("it has keys for what is no dictionary")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not _is_plain_key(key):
                raise MalformedPickle(f"it has a {type(key).__name__} for a key")
            target[key] = value

    def dictionary(self) -> None:
        items = self.since_mark()
        self.stack.append({})
        self.set_items(items)

    def find(self, module: Any, name: Any) -> None:
        """Put what stands for module.name on the stack."""
        if not isinstance(module, str) or not isinstance(name, str):
            raise MalformedPickle("it names something by what is no text")
        full_name = f"{_OLD_MODULES.get(module, module)}.{name}"
        if full_name not in self._table:
            raise ForbiddenCall(full_name)
        self.stack.append(self._table[full_name])

    def instance(self, module_and_name: str) -> None:
        items = self.since_mark()
        self.find(*module_and_name.split(" ", 1))
        self._call(self.stack.pop(), tuple(items))

    def object_of_class(self) -> None:
        named, *arguments = self.since_mark()
        self._call(named, tuple(arguments))

    def reduce(self) -> None:
        arguments, named = self.stack.pop(), self.stack.pop()
        self._call(named, arguments)

    def _call(self, named: Any, arguments: Any) -> None:
        if not isinstance(named, Named) or not isinstance(arguments, tuple):
            raise MalformedPickle("it calls what cannot be called")
        self.stack.append(named.call(*arguments))

    def build(self) -> None:
        # The state of an object: attributes of an OrderedDict or of a parameter in torch's files, and none is needed.
        self.stack.pop()
        if not self.stack:
            raise MalformedPickle("it gives a state to nothing")

    def load_persistent(self) -> None:
        self.stack.append(self._persistent(self.stack.pop()))


def _is_plain_key(key: object) -> bool:
    if isinstance(key, int):
        return -(1 << 63) <= key < 1 << 63
    if isinstance(key, tuple):
        return len(key) <= _LONGEST_KEY and all(_is_plain_key(part) and not isinstance(part, tuple) for part in key)
    return key is None or isinstance(key, (str, bytes, float, StoredPath))


_Step = Callable[[_Machine, Any], object]

_STEPS: dict[str, _Step] = {
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "STOP": lambda machine, _: None,
    "NONE": lambda machine, _: machine.push(None),
    "NEWTRUE": lambda machine, _: machine.push(True),
    "NEWFALSE": lambda machine, _: machine.push(False),
    "EMPTY_LIST": lambda machine, _: machine.push([]),
    "EMPTY_TUPLE": lambda machine, _: machine.push(()),
    "EMPTY_DICT": lambda machine, _: machine.push({}),
    # A set is given as the list of what is in it: that hashes nothing, and keeps the order of the file.
    "EMPTY_SET": lambda machine, _: machine.push([]),
    "MARK": lambda machine, _: machine.mark(),
    "POP": lambda machine, _: machine.stack.pop() if machine.stack else machine.since_mark(),
    "POP_MARK": lambda machine, _: machine.since_mark(),
    "DUP": lambda machine, _: machine.push(machine.stack[-1]),
    "APPEND": lambda machine, _: machine.extend([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.extend(machine.since_mark()),
    "ADDITEMS": lambda machine, _: machine.extend(machine.since_mark()),
    "LIST": lambda machine, _: machine.push(machine.since_mark()),
    "FROZENSET": lambda machine, _: machine.push(machine.since_mark()),
    "TUPLE": lambda machine, _: machine.push(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "DICT": lambda machine, _: machine.dictionary(),
    "SETITEM": lambda machine, _: machine.set_items([machine.stack.pop(), machine.stack.pop()][::-1]),
    "SETITEMS": lambda machine, _: machine.set_items(machine.since_mark()),
    "PUT": lambda machine, number: machine.put(number),
    "BINPUT": lambda machine, number: machine.put(number),
    "LONG_BINPUT": lambda machine, number: machine.put(number),
    "MEMOIZE": lambda machine, _: machine.memoize(),
    "GET": lambda machine, number: machine.get(number),
    "BINGET": lambda machine, number: machine.get(number),
    "LONG_BINGET": lambda machine, number: machine.get(number),
    "GLOBAL": lambda machine, names: machine.find(*names.split(" ", 1)),
    "STACK_GLOBAL": lambda machine, _: machine.find(*[machine.stack.pop(), machine.stack.pop()][::-1]),
    "INST": lambda machine, names: machine.instance(names),
    "OBJ": lambda machine, _: machine.object_of_class(),
    "REDUCE": lambda machine, _: machine.reduce(),
    "NEWOBJ": lambda machine, _: machine.reduce(),
    "BUILD": lambda machine, _: machine.build(),
    "BINPERSID": lambda machine, _: machine.load_persistent(),
}
