import pickle

import pytest

from chereme import errors
from chereme.errors import CheremeError, ExtraMissing, Rejected


def tree(kind: type[CheremeError]) -> set[type[CheremeError]]:
    return {kind}.union(*(tree(child) for child in kind.__subclasses__() if child.__module__ == errors.__name__))


def test_the_drawn_tree_is_the_real_one() -> None:
    assert errors.__doc__
    drawn = {word for line in errors.__doc__.splitlines() if line.startswith("    ") for word in line.split()}
    assert {kind.__name__ for kind in tree(CheremeError)} <= drawn
    defined = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)}
    assert defined == {kind.__name__ for kind in tree(CheremeError)}


def test_a_missing_extra_says_how_to_get_it() -> None:
    assert str(ExtraMissing("the LiteRT runtime", "verify")) == (
        "the LiteRT runtime needs the extra 'verify': pip install 'chereme[verify]'"
    )


def test_trouble_becomes_a_reject() -> None:
    reject = Rejected("no_hands", "0 of 30 frames").reject("07069", "extract")
    assert (reject.id, reject.stage, reject.reason, reject.detail) == ("07069", "extract", "no_hands", "0 of 30 frames")


@pytest.mark.parametrize(
    ("error", "message"),
    [(Rejected("no_hands"), "no_hands"), (Rejected("no_hands", "0 of 30"), "no_hands: 0 of 30")],
)
def test_trouble_says_what_it_is_and_travels_between_processes(error: Rejected, message: str) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert str(back) == str(error) == message
    assert (back.reason, back.detail) == (error.reason, error.detail)
