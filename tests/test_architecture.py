"""The house's own rules: layers, cycles, names, sizes, tables."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from chereme import plugins

SRC = Path(__file__).parent.parent / "src"
FILES = sorted((SRC / "chereme").rglob("*.py"))

SIBLINGS = ("catalog", "sources", "frames", "landmarks", "samples", "store")
LAYERS = (
    (
        *("plan", "contracts", "plugins", "skeleton", "face_mesh", "types", "errors"),
        *("inert", "filenames", "bounds", "telemetry"),
    ),
    SIBLINGS,
    ("exports",),
    ("run", "download", "training", "synth"),
    ("live", "report", "draw"),
    ("cli",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
MAY_SHARE_A_LEVEL = {("run", "synth"), ("run", "training"), ("download", "run"), ("live", "report"), ("live", "draw")}
"""Pairs of one level above the siblings of which the first may import the second."""
EXPORTS_MAY_IMPORT = {"frames", "samples"}
"""Pixels, and what turns a refined track into numbers; the other siblings are none of an export's business."""

HEAVY = {
    "ai_edge_litert", "fastapi", "lightning", "matplotlib", "mediapipe", "openvino", "pose_format", "ray", "tensorflow",
    "torch", "torchmetrics", "transformers", "uvicorn", "webdataset", "yt_dlp",
}  # fmt: skip
ALL_TORCH = "chereme.training.networks"
"""The files that are PyTorch from their first line; all others import them inside functions."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}


def room_of(module: str) -> str:
    """The room of a module of ours: `chereme.catalog.wlasl` is in `catalog`; the package's own face is ''."""
    return module.split(".")[1] if "." in module else ""


def name_of(file: Path) -> str:
    parts = file.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(file): file for file in FILES}


def imports(tree: ast.Module, *, top_only: bool) -> Iterator[tuple[str, int]]:
    """Full names of what is imported, with the line; `top_only` leaves out what waits inside functions."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import at line {node.lineno}"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif not (top_only and (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or type_checking(node))):
            waiting.extend(ast.iter_child_nodes(node))


def type_checking(node: ast.AST) -> bool:
    """Whether it is an `if TYPE_CHECKING:`, whose imports never run."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def module_named(name: str) -> str | None:
    """The module of ours that an imported name comes from; None when it is not ours."""
    while name:
        if name in MODULES:
            return name
        name = name.rpartition(".")[0]
    return None


def ours(file: Path, *, top_only: bool = False) -> Iterator[tuple[str, int]]:
    for name, line in imports(parsed(file), top_only=top_only):
        if name.split(".")[0] == "chereme":
            module = module_named(name)
            assert module is not None, f"{file}:{line} imports {name}, which does not exist"
            yield module, line


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"), str(file))


def allowed(here: str, there: str) -> bool:
    if here == there or here == "":
        return True
    if there not in LEVEL or here not in LEVEL:
        return False
    if LEVEL[here] == LEVEL[there]:
        return LEVEL[here] == 0 or (here, there) in MAY_SHARE_A_LEVEL
    if here == "exports" and there in SIBLINGS:
        return there in EXPORTS_MAY_IMPORT
    return LEVEL[here] > LEVEL[there]


each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: name_of(file))


@each_file
def test_every_room_has_a_layer(file: Path) -> None:
    room = room_of(name_of(file))
    assert room == "" or room in LEVEL or room == "__main__", f"'{room}' is in no layer of {Path(__file__).name}"


@each_file
def test_imports_go_down(file: Path) -> None:
    here = room_of(name_of(file))
    if here == "__main__":
        here = "cli"
    wrong = [f"line {line}: {module}" for module, line in ours(file) if not allowed(here, room_of(module))]
    assert not wrong, f"{name_of(file)} may not import {wrong}"


@each_file
def test_heavy_libraries_wait_until_they_are_needed(file: Path) -> None:
    if name_of(file).startswith(ALL_TORCH + "."):
        return
    heavy = [
        f"line {line}: {name}"
        for name, line in imports(parsed(file), top_only=True)
        if name.split(".")[0] in HEAVY or name.startswith(ALL_TORCH + ".")
    ]
    assert not heavy, f"import inside the function that needs it: {heavy}"


@each_file
def test_a_file_is_a_room_and_not_a_hall(file: Path) -> None:
    lines = len(file.read_text("utf-8").splitlines())
    assert lines <= 400, f"{name_of(file)} has {lines} lines"


@each_file
def test_names_say_what_is_inside(file: Path) -> None:
    vague = VAGUE & {word for part in name_of(file).split(".") for word in part.split("_")}
    assert not vague, f"{name_of(file)}: what does it own?"


@each_file
def test_the_first_line_says_what_a_file_owns(file: Path) -> None:
    docstring = ast.get_docstring(parsed(file))
    assert docstring, f"{name_of(file)} has no docstring"
    first = docstring.splitlines()[0]
    assert len(first.split()) >= 2, f"{name_of(file)}: '{first}'"
    assert first[-1] in ".:", f"{name_of(file)}: the first line is no sentence: '{first}'"


def test_there_are_no_import_cycles() -> None:
    graph = {name: {module for module, _ in ours(file, top_only=True)} - {name} for name, file in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("import cycle: " + " <- ".join(error.args[1]))


NAMED = [(table, name) for table, entries in plugins.TABLES.items() for name in entries]


@pytest.mark.parametrize(("table", "name"), NAMED, ids=[f"{table}-{name}" for table, name in NAMED])
def test_every_name_in_a_table_stands_for_something(table: str, name: str) -> None:
    where, _, attribute = plugins.TABLES[table][name].partition(":")
    assert where in MODULES, f"{where} does not exist"
    assert callable(getattr(import_module(where), attribute))
    assert plugins.load(table, name) is getattr(import_module(where), attribute)


@pytest.mark.parametrize(
    ("here", "there", "may"),
    [
        ("cli", "types", True),
        ("types", "catalog", False),
        ("catalog", "sources", False),
        ("exports", "frames", True),
        ("exports", "store", False),
        ("run", "landmarks", True),
        ("landmarks", "run", False),
        ("run", "cli", False),
        ("catalog", "plan", True),
        ("types", "skeleton", True),
    ],
)
def test_the_rule_itself(here: str, there: str, may: bool) -> None:
    assert allowed(here, there) is may
