"""What a refusal carries for whoever has to show it."""

import pytest

from counterfoil.rules.errors import FieldError, Invalid, OutOfStock, Refusal


def test_a_refusal_of_no_field_blames_none() -> None:
    refusal = Refusal("Nothing is left.")
    assert str(refusal) == refusal.detail == "Nothing is left."
    assert refusal.errors == ()
    assert refusal.more == {}


def test_a_field_takes_the_detail_as_its_message() -> None:
    assert Invalid("Give a number.", field="lines[0].quantity").errors == (
        FieldError("lines[0].quantity", "Give a number."),
    )


def test_errors_that_are_given_stand_and_the_field_adds_none() -> None:
    given = [FieldError("a", "one"), FieldError("b", "two")]
    assert Invalid("Two are wrong.", errors=given).errors == tuple(given)
    assert Invalid("Two are wrong.", errors=iter(given), field="c").errors == tuple(given)


def test_whatever_else_is_said_is_for_the_client() -> None:
    refusal = OutOfStock("Only 1.250 are left.", field="lines[2].quantity", product="P001", left="1.250")
    assert refusal.more == {"product": "P001", "left": "1.250"}


def subclasses(kind: type[Refusal]) -> list[type[Refusal]]:
    return [kind, *(deeper for below in kind.__subclasses__() for deeper in subclasses(below))]


@pytest.mark.parametrize("kind", [kind for kind in subclasses(Refusal) if kind.__module__ == Refusal.__module__])
def test_every_refusal_has_a_code_and_a_title_of_words(kind: type[Refusal]) -> None:
    assert kind.code == kind.code.lower().replace(" ", "-") != ""
    assert kind.title[0].isupper()
