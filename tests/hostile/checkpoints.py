"""Files that say they are trained recognizers: pickles, other things, settings and weights that do not fit."""

import copy
import io
import os
import pickle
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from chereme.training.checkpoint import Checkpoint
from chereme.training.recognizers.lstm import Lstm
from chereme.types import Vocabulary
from tests.hostile.metadata import REFUSED, STRANGE, TAKEN
from tests.live.recognizer import preparation

EVIDENCE = "HOSTILE_EVIDENCE"
"""The environment's name of a folder that code in a pickle would make."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file, as bytes."""

    name: str
    data: bytes
    expected: frozenset[str]
    suffix: str = ".pt"


class Deed:
    """What a pickle would do when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.environ[EVIDENCE],)


@cache
def _sound() -> Checkpoint:
    made, vocabulary = preparation(), Vocabulary(("hello", "where", "four"))
    spec = Lstm()
    module = made.network(spec, vocabulary)
    return Checkpoint(
        recognizer="lstm", spec=spec, vocabulary=vocabulary, preparation=made, weights=module.state_dict()
    )


def saved(value: Any) -> bytes:
    import torch

    held = io.BytesIO()
    torch.save(value, held)
    return held.getvalue()


def files() -> Iterator[File]:
    """All of them; `EVIDENCE` must be set."""
    import torch

    def file(name: str, data: bytes, *expected: str, suffix: str = ".pt") -> File:
        return File(name=name, data=data, expected=frozenset(expected), suffix=suffix)

    plain = _sound().plain()
    good = saved({"chereme": plain})

    def changed(path: tuple[str, ...], value: Any) -> bytes:
        held = copy.deepcopy({key: each for key, each in plain.items() if key != "weights"}) | {
            "weights": dict(plain["weights"])
        }
        place: Any = held
        for key in path[:-1]:
            place = place[key]
        if value is _GONE:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        return saved({"chereme": held})

    yield file("sound", good, TAKEN)
    for name, data in (
        ("nothing", b""),
        ("html", b"<html></html>"),
        ("zeros", bytes(100_000)),
        ("pickle", pickle.dumps(Deed())),
        ("pickle_protocol_0", pickle.dumps(Deed(), 0)),
        ("old_form", _old_form()),
        ("zip_of_nothing", _zip({})),
        ("zip_of_text", _zip({"a.txt": b"a"})),
        ("zip_of_a_deed", _zip({"archive/data.pkl": pickle.dumps(Deed()), "archive/version": b"3"})),
        (
            "zip_deep_pickle",
            _zip({"archive/data.pkl": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".", "archive/version": b"3"}),
        ),
        ("zip_climbs", _zip({"../../data.pkl": pickle.dumps({})})),
        ("bomb", _zip({"archive/data.pkl": bytes(50_000_000), "archive/version": b"3"}, zipfile.ZIP_DEFLATED)),
        ("a_deed_within", saved({"chereme": {"form": 1, "weights": Deed()}})),
        ("a_list", saved([1, 2])),
        ("a_tensor", saved(torch.zeros(3))),
        ("a_text", saved("a")),
        ("empty", saved({})),
        ("other_key", saved({"state_dict": {}})),
        ("a_whole_module", saved(torch.nn.Linear(2, 2))),
    ):
        yield file(name, data, REFUSED)
    for tenth in range(1, 10):
        yield file(f"cut_{tenth}", good[: len(good) * tenth // 10], REFUSED)
    for name, value in STRANGE.items():
        yield file(f"whole_{name}", saved({"chereme": value}), REFUSED)
        for key in plain:
            fine = key in ("facts", "taught", "version") or (key == "weights" and value == {})
            fine |= (key, name) == ("spec", "object")  # all settings at their defaults
            yield file(f"{key}_{name}", changed((key,), value), *((TAKEN, REFUSED) if fine else (REFUSED,)))
    for key in plain:
        yield file(
            f"{key}_gone",
            changed((key,), _GONE),
            *((TAKEN, REFUSED) if key in ("facts", "taught", "version") else (REFUSED,)),
        )
    for section in ("spec", "preparation"):
        for key in plain[section]:
            for name, value in STRANGE.items():
                yield file(f"{section}_{key}_{name}", changed((section, key), value), TAKEN, REFUSED)
        yield file(f"{section}_unknown", changed((section, "unknown"), 1), TAKEN, REFUSED)
    for name, value in (
        ("climbing", "../../a"),
        ("module", "os:system"),
        ("other", "hierarchical"),
        ("unknown", "nobody"),
        ("escape", "\x1b[2J"),
    ):
        yield file(f"named_{name}", changed(("recognizer",), value), REFUSED)
    first = next(iter(plain["weights"]))
    tensor = plain["weights"][first]
    for name, value in (
        ("short", tensor[:1]),
        ("deep", tensor[None]),
        ("text", "a"),
        ("none", None),
        ("whole_numbers", tensor.to(torch.int64)),
        ("endless", torch.zeros(1).expand(2**40)),
        ("nan", tensor * float("nan")),
        ("complex", tensor.to(torch.complex64)),
        ("sparse", tensor.to_sparse()),
    ):
        yield file(
            f"weight_{name}",
            changed(("weights", first), value),
            *((TAKEN, REFUSED) if name in ("nan", "whole_numbers", "complex") else (REFUSED,)),
        )
    yield file("weight_gone", changed(("weights", first), _GONE), REFUSED)
    yield file("weight_more", changed(("weights", "more"), tensor), REFUSED)
    for size in (3000, 20_000, 1_000_000):  # of gigabytes, unless it is seen before they are made
        yield file(f"spec_of_{size}", changed(("spec", "first"), size), REFUSED)
    yield file("vocabulary_twice", changed(("vocabulary",), ["a", "a", "a"]), REFUSED)
    yield file("vocabulary_short", changed(("vocabulary",), ["a"]), REFUSED)
    yield file("vocabulary_numbers", changed(("vocabulary",), [1, 2, 3]), REFUSED)
    yield file("vocabulary_million", changed(("vocabulary",), [str(i) for i in range(1_000_000)]), REFUSED)
    for name, data in (
        ("nothing", b""),
        ("html", b"<html></html>"),
        ("zeros", bytes(1000)),
        ("noise", bytes(range(256)) * 100),
        ("pt", good),
    ):
        yield file(f"onnx_{name}", data, REFUSED, suffix=".onnx")


_GONE = object()


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return held.getvalue()


def _old_form() -> bytes:
    """As PyTorch wrote files before its 1.6: pickles one after the other."""
    import torch

    held = io.BytesIO()
    torch.save({"a": Deed()}, held, _use_new_zipfile_serialization=False)
    return held.getvalue()
