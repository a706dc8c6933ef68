"""Hostile metadata: wrong types, no numbers, deep nesting, path tricks, control characters, endless lines."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.hostile.cases import gathered

REFUSED, TAKEN = "refused", "taken"
"""One clear message and exit code 2; or read, each entry of it counted as found or rejected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A metadata file."""

    name: str
    dataset: str
    data: bytes
    expected: frozenset[str]
    file: str = ""
    """What it must be called, where that matters."""
    beside: tuple[tuple[str, bytes], ...] = ()
    """Files that lie beside it."""


def sheet(name: str, dataset: str, data: Any, *expected: str, **facts: Any) -> Sheet:
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return Sheet(name=f"{dataset}_{name}", dataset=dataset, data=data, expected=frozenset(expected), **facts)


STRANGE: dict[str, Any] = {
    "null": None,
    "true": True,
    "zero": 0,
    "negative": -1,
    "half": 0.5,
    "huge_whole": 10**30,
    "above_64_bits": 2**63,
    "nan": float("nan"),
    "infinity": float("inf"),
    "minus_infinity": float("-inf"),
    "text": "book",
    "no_text": "",
    "blank": " \t\n ",
    "list": [],
    "nested_list": [[[[[]]]]],
    "object": {},
    "long_text": "a" * 50_000,
    "digits": "9" * 5000,
}
"""Values in place of any other."""

NAMES = {
    "climbing": "../../../../etc/passwd",
    "climbing_back": "..\\..\\windows\\system32\\a",
    "absolute": "/etc/passwd",
    "drive": "C:\\a",
    "share": "\\\\host\\share\\a",
    "nul": "a\0b",
    "newline": "a\nb",
    "escape": "a\x1b[2J\x1b]0;owned\x07b",
    "bell": "a\x07b",
    "c1": "a\x9b31mb",
    "bidi": "a\u202egnp.exe",
    "isolate": "a\u2066b\u2069",
    "zero_width": "a\u200bb",
    "surrogate": "a\ud800b",
    "private": "a\ue000b",
    "line_separator": "a\u2028b",
    "long": "a" * 300,
    "long_in_bytes": "\u00e9" * 150,
    "dot": ".",
    "dots": "..",
    "hidden": ".hidden",
    "device": "CON",
    "device_with_ending": "nul.mp4",
    "trailing_dot": "a.",
    "trailing_space": "a ",
    "tilde": "~root",
    "variable": "$HOME",
    "percent": "%2e%2e%2f",
    "markup": "[bold red]a[/]",
    "tag": "<script>alert(1)</script>",
    "formula": "=cmd|' /C calc'!A0",
    "quote": "a\"b'c`d",
    "glob": "*",
    "star_star": "**/a",
    "url": "http://example.org/a",
    "device_file": "/dev/zero",
    "emoji": "\U0001f91f",
    "combining": "e" + "\u0301" * 100,
}
"""Names that lead elsewhere, or that do harm to whoever prints them."""


def record(id: Any = "00001", **facts: Any) -> dict[str, Any]:
    """One of WLASL's."""
    ordinary: dict[str, Any] = {
        "bbox": [0, 0, 96, 64],
        "fps": 25,
        "frame_end": -1,
        "frame_start": 1,
        "instance_id": 0,
        "signer_id": 1,
        "source": "a",
        "split": "train",
        "url": "http://example.org/a.mp4",
        "variation_id": 0,
    }
    return {**ordinary, "video_id": id, **facts}


def wlasl(*records: Any, gloss: Any = "book") -> list[dict[str, Any]]:
    return [{"gloss": gloss, "instances": list(records)}]


def of_wlasl() -> Iterator[Sheet]:
    yield sheet("plain", "wlasl", wlasl(record()), TAKEN)
    fine = {
        "bbox": {"null"},
        "fps": {"null", "half"},
        "frame_end": {"null", "negative"},
        "frame_start": {"null"},
        "signer_id": {"null", "zero", "negative", "text", "no_text", "blank", "long_text", "digits"},
        "source": {"null", "text", "no_text", "blank", "long_text", "digits"},
        "split": {"null", "no_text"},
        "url": {"null", "text", "no_text", "blank", "long_text", "digits"},
        "variation_id": {"null", "zero", "negative"},
        "instance_id": set(STRANGE),
        "video_id": {"text"},
        "unknown_key": set(STRANGE),
    }
    for key, harmless in fine.items():
        for name, value in STRANGE.items():
            expected: tuple[str, ...] = (TAKEN,) if name in harmless else (REFUSED,)
            if (key == "source" and name == "blank") or (key in ("fps", "frame_end", "frame_start") and value is None):
                expected = (TAKEN, REFUSED)
            yield sheet(f"{key}_{name}", "wlasl", wlasl(record(**{key: value})), *expected)
    for name, value in STRANGE.items():
        yield sheet(
            f"gloss_{name}",
            "wlasl",
            wlasl(record(), gloss=value),
            TAKEN if name in ("text", "long_text", "digits") else REFUSED,
        )
        yield sheet(
            f"instances_{name}",
            "wlasl",
            [{"gloss": "a", "instances": value}],
            *((TAKEN, REFUSED) if value == [] else (REFUSED,)),
        )
        yield sheet(f"instance_{name}", "wlasl", wlasl(value), REFUSED)
        yield sheet(f"top_{name}", "wlasl", value, *((TAKEN, REFUSED) if value == [] else (REFUSED,)))
        yield sheet(
            f"corner_{name}",
            "wlasl",
            wlasl(record(bbox=[0, 0, value, 9])),
            *((TAKEN,) if name in ("zero", "negative", "half") else (REFUSED,)),
        )
    for name, text in NAMES.items():
        yield sheet(f"id_{name}", "wlasl", wlasl(record(text)), TAKEN, REFUSED)
        yield sheet(
            f"named_{name}",
            "wlasl",
            wlasl(record(), gloss=text),
            *((TAKEN,) if name == "surrogate" else (TAKEN, REFUSED)),
        )
        yield sheet(
            f"source_{name}",
            "wlasl",
            wlasl(record("00002", source=text, signer_id=text)),
            *((TAKEN,) if name == "surrogate" else (TAKEN, REFUSED)),
        )
        yield sheet(
            f"url_{name}",
            "wlasl",
            wlasl(record(url=f"http://example.org/{text}")),
            *((TAKEN,) if name == "surrogate" else (TAKEN, REFUSED)),
        )
    yield sheet("ids_twice", "wlasl", wlasl(record(), record(), record(), record("00002")), TAKEN)
    yield sheet("ids_but_for_case", "wlasl", wlasl(record("abc"), record("ABC")), TAKEN)
    yield sheet(
        "keys_twice", "wlasl", b'[{"gloss": "a", "gloss": "b", "instances": [], "instances": []}]', TAKEN, REFUSED
    )
    yield sheet("box_backward", "wlasl", wlasl(record(bbox=[9, 9, 0, 0])), TAKEN)
    yield sheet("frames_backward", "wlasl", wlasl(record(frame_start=9, frame_end=3)), REFUSED)
    yield sheet("frames_beyond", "wlasl", wlasl(record(frame_start=10**9, frame_end=10**9 + 5)), TAKEN)


def of_text() -> Iterator[Sheet]:
    """What is wrong with a file before it means anything."""
    plain = json.dumps(wlasl(record())).encode()
    for dataset in ("wlasl", "nslt", "msasl"):
        for name, data in (
            ("nothing", b""),
            ("blank", b"   \n"),
            ("html", b"<!DOCTYPE html><html></html>"),
            ("noise", bytes(range(256)) * 40),
            ("zeros", bytes(1000)),
            ("gzip", b"\x1f\x8b\x08\0\0\0"),
            ("utf16", plain.decode().encode("utf-16")),
            ("latin1", '["é"]'.encode("latin-1")),
            ("nested_lists", b"[" * 100_000 + b"]" * 100_000),
            ("nested_objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
            ("open_lists", b"[" * 1_000_000),
            ("number_of_a_million_digits", b"[" + b"9" * 1_000_000 + b"]"),
            ("exponent", b"[1e999999]"),
            ("nan", b"NaN"),
            ("string", b'"a"'),
            ("cut", plain[:-3]),
            ("trailing", plain + b"]"),
            ("comment", b"// a\n" + plain),
            ("single_quotes", plain.replace(b'"', b"'")),
            ("pickle", b"\x80\x04cos\nsystem\n(S'true'\ntR."),
            ("yaml", b"!!python/object/apply:os.system ['true']"),
        ):
            yield sheet(f"file_{name}", dataset, data, REFUSED)
    yield sheet("file_mark", "wlasl", b"\xef\xbb\xbf" + plain, TAKEN)
    yield sheet(
        "file_line_of_100_mb", "wlasl", wlasl(record(url="http://example.org/" + "a" * 100_000_000)), TAKEN, REFUSED
    )
    yield sheet("file_line_of_blanks", "wlasl", b" " * 20_000_000 + plain, TAKEN)


def of_lists() -> Iterator[Sheet]:
    """NSLT's and MS-ASL's forms."""
    classes = (("wlasl_class_list.txt", b"0\tbook\n1\tdrink\n"),)
    good = {"subset": "train", "action": [0, 1, 40]}
    yield sheet("plain", "nslt", {"00001": good}, TAKEN, beside=classes)
    for key in ("subset", "action"):
        for name, value in STRANGE.items():
            yield sheet(f"{key}_{name}", "nslt", {"00001": good | {key: value}}, REFUSED, beside=classes)
    for name, value in STRANGE.items():
        yield sheet(f"record_{name}", "nslt", {"00001": value}, REFUSED, beside=classes)
        yield sheet(
            f"class_{name}",
            "nslt",
            {"00001": {"subset": "train", "action": [value, 1, 4]}},
            TAKEN if name == "zero" else REFUSED,
            beside=classes,
        )
    for name, text in NAMES.items():
        yield sheet(f"id_{name}", "nslt", {text: good}, TAKEN, REFUSED, beside=classes)
    for name, lines in (
        ("gap", b"0\tbook\n2\tdrink\n"),
        ("twice", b"0\tbook\n1\tbook\n"),
        ("no_tab", b"book\n"),
        ("noise", bytes(range(256))),
        ("nothing", b""),
        ("huge_label", b"9" * 100_000 + b"\tbook\n"),
        ("escape", b"0\tbo\x1b[2Jok\n"),
    ):
        yield sheet(
            f"classes_{name}",
            "nslt",
            {"00001": good},
            *((TAKEN, REFUSED) if name == "escape" else (REFUSED,)),
            beside=(("wlasl_class_list.txt", lines),),
        )
    yield sheet("no_classes", "nslt", {"00001": good}, REFUSED)
    clip = {
        "url": "www.youtube.com/watch?v=C37R_Ix8-qs",
        "start_time": 0.0,
        "end_time": 1.5,
        "label": 0,
        "signer_id": 1,
        "text": "book",
        "clean_text": "book",
        "box": [0.1, 0.1, 0.9, 0.9],
        "width": 96.0,
        "height": 64.0,
    }
    listed = (("MSASL_classes.json", b'["book", "drink"]'),)
    yield sheet("plain", "msasl", [clip], TAKEN, file="MSASL_train.json", beside=listed)
    fine = {
        "url": {"null", "text", "no_text", "blank", "long_text", "digits"},
        "start_time": {"zero", "half"},
        "end_time": {"half"},
        "label": {"zero"},
        "signer_id": {"null", "zero", "negative"},
        "text": {"text", "null", "no_text", "long_text", "digits", "blank"},
        "box": {"null"},
        "width": {"null", "zero", "negative", "half"},
    }
    for key, harmless in fine.items():
        for name, value in STRANGE.items():
            expected: tuple[str, ...] = (TAKEN,) if name in harmless else (REFUSED,)
            if (key, name) in {("end_time", "true"), ("text", "blank"), ("width", "huge_whole")}:
                expected = (TAKEN, REFUSED)
            yield sheet(
                f"{key}_{name}", "msasl", [clip | {key: value}], *expected, file="MSASL_train.json", beside=listed
            )
    for name, value in STRANGE.items():
        yield sheet(f"clip_{name}", "msasl", [value], REFUSED, file="MSASL_train.json", beside=listed)
        yield sheet(
            f"edge_{name}",
            "msasl",
            [clip | {"box": [0, value, 1, 1]}],
            *((TAKEN,) if name in ("zero", "negative", "half") else (REFUSED,)),
            file="MSASL_train.json",
            beside=listed,
        )


def of_tables() -> Iterator[Sheet]:
    """CSV and the like."""
    head = "id,gloss,path,split,signer,start,end,box,url\n"

    def row(**cells: str) -> bytes:
        names = head.strip().split(",")
        quoted = (f'"{cells.get(name, "").replace(chr(34), chr(34) * 2)}"' for name in names)
        return (head + ",".join(quoted) + "\n").encode("utf-8", "surrogatepass")

    yield sheet("plain", "csv", row(id="1", gloss="book", path="a/1.mp4", split="train"), TAKEN)
    for name, text in NAMES.items():
        bad = (REFUSED,) if name == "surrogate" else (TAKEN, REFUSED)
        yield sheet(f"id_{name}", "csv", row(id=text, gloss="book"), *bad)
        yield sheet(f"gloss_{name}", "csv", row(id="1", gloss=text), *bad)
        yield sheet(f"path_{name}", "csv", row(gloss="book", path=text), *bad)
        yield sheet(f"signer_{name}", "csv", row(id="1", gloss="book", signer=text), *bad)
        yield sheet(
            f"column_{name}",
            "csv",
            f'id,gloss,"{text.replace(chr(34), "")}"\n1,book,x\n'.encode("utf-8", "surrogatepass"),
            *bad,
        )
    for number in ("nan", "inf", "-inf", "1e999", "-5", "0x10", "1_0", "٣", "1,5", "9" * 5000, "--1", "true"):
        safe = "".join(letter if letter.isascii() and letter.isalnum() else "x" for letter in number)[:12]
        yield sheet(
            f"start_{safe}_{len(number)}", "csv", row(id="1", gloss="book", start=number, end="99"), TAKEN, REFUSED
        )
        yield sheet(f"end_{safe}_{len(number)}", "csv", row(id="1", gloss="book", end=number), TAKEN, REFUSED)
        yield sheet(
            f"box_{safe}_{len(number)}", "csv", row(id="1", gloss="book", box=f"0 0 {number} 9"), TAKEN, REFUSED
        )
    for name, data, *expected in (
        ("nothing", b"", REFUSED),
        ("blank", b"\n\n\n", REFUSED),
        ("head_alone", head.encode(), REFUSED, TAKEN),
        ("no_gloss", b"id,path\n1,a\n", REFUSED),
        ("open_quote", head.encode() + b'1,"book,a\n2,b,c\n', REFUSED),
        ("open_quote_long", head.encode() + b'1,"' + b"a\n" * 200_000, REFUSED),
        ("stray_quote", head.encode() + b'1,bo"ok"x,,,,,,,\n', TAKEN, REFUSED),
        ("few_cells", head.encode() + b"1,book\n", REFUSED),
        ("many_cells", head.encode() + b"1,book" + b"," * 100 + b"\n", REFUSED),
        ("nul", head.encode() + b"1,bo\0ok,,,,,,,\n", REFUSED, TAKEN),
        ("utf16", row(id="1", gloss="book").decode().encode("utf-16"), REFUSED),
        ("mark", b"\xef\xbb\xbf" + row(id="1", gloss="book"), TAKEN),
        ("noise", bytes(range(256)) * 40, REFUSED),
        ("cell_of_1_mb", row(id="1", gloss="a" * 1_000_000), REFUSED, TAKEN),
        ("line_of_100_mb", head.encode() + b"1,book,," + b"a" * 100_000_000 + b",,,,,\n", REFUSED),
        ("carriage_returns", row(id="1", gloss="book").replace(b"\n", b"\r"), TAKEN, REFUSED),
        ("columns_100000", b"id,gloss" + b",a" * 100_000 + b"\n", REFUSED, TAKEN),
        ("columns_twice", b"id,gloss,gloss,id\n1,book,drink,2\n", TAKEN, REFUSED),
        ("rows_twice", row(id="1", gloss="book") + b'"1","drink","","","","","","",""\n', TAKEN),
        ("html", b"<!DOCTYPE html><html></html>", REFUSED),
        ("formula", row(id="1", gloss="=1+1"), TAKEN),
        ("blank_rows", head.encode() + b"\n" * 1_000_000, REFUSED, TAKEN),
    ):
        yield sheet(f"file_{name}", "csv", data, *expected)
    title = "Participant ID,Video file,Gloss,ASL-LEX Code\n"
    yield sheet("plain", "asl_citizen", (title + "P1,1-book.mp4,BOOK,A_01\n").encode(), TAKEN, file="train.csv")
    for name, text in NAMES.items():
        bad = (REFUSED,) if name == "surrogate" else (TAKEN, REFUSED)
        cell = '"' + text.replace('"', '""') + '"'
        yield sheet(
            f"video_{name}",
            "asl_citizen",
            (title + f"P1,{cell},BOOK,A\n").encode("utf-8", "surrogatepass"),
            *bad,
            file="train.csv",
        )
        yield sheet(
            f"gloss_{name}",
            "asl_citizen",
            (title + f"P1,a.mp4,{cell},A\n").encode("utf-8", "surrogatepass"),
            *bad,
            file="train.csv",
        )
    for name, data in (
        ("nothing", b""),
        ("title_alone", title[:5].encode()),
        ("open_quote", (title + 'P1,"a.mp4,B,C\n').encode()),
        ("nul", (title + "P1,a\0.mp4,B,C\n").encode()),
        ("noise", bytes(range(256))),
        ("few_cells", (title + "P1\n").encode()),
        ("cell_of_1_mb", (title + "P1,a.mp4," + "a" * 1_000_000 + ",C\n").encode()),
    ):
        yield sheet(f"file_{name}", "asl_citizen", data, TAKEN, REFUSED, file="train.csv")


MAKERS: tuple[Callable[[], Iterator[Sheet]], ...] = (of_wlasl, of_text, of_lists, of_tables)


@cache
def sheets() -> tuple[Sheet, ...]:
    """All of them, each name once."""
    return gathered(MAKERS)
