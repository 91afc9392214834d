"""The sandbox's passwords: what the real provider would make, and when it would make a new one."""

import string
from typing import Any

import bcrypt
import pulumi_random
import pytest

from graph import sdk
from sandbox.plugin import UNKNOWN, Props, ProviderError, Secret, Urn
from sandbox.random_provider import SPECIAL, PasswordInputs, RandomProvider

PASSWORD = "random:index/randomPassword:RandomPassword"
URN = Urn(text=f"urn:pulumi:test::infra::{PASSWORD}::elastic")
PROVIDER = RandomProvider()


def failures(**inputs: Any) -> str:
    return "\n".join(f"{item.property}: {item.reason}" for item in PROVIDER.check(URN, {}, inputs, b"").failures)


def made(**inputs: Any) -> tuple[str, Props]:
    assert failures(**inputs) == ""
    return PROVIDER.create(URN, inputs, False)


def replaced(before: Props, after: Props) -> frozenset[str]:
    _, outputs = made(**before)
    found = PROVIDER.diff(URN, "none", before, outputs, after)
    assert not found.updates
    return found.replaces


def test_the_inputs_and_outputs_are_those_of_the_real_type() -> None:
    names = {str(field.alias) for field in PasswordInputs.model_fields.values()}
    assert {*names, "result", "bcryptHash"} == set(sdk.wire_names(PASSWORD).values())
    assert PROVIDER.version == pulumi_random.__dict__["_utilities"].get_version()


@pytest.mark.parametrize(
    ("inputs", "allowed"),
    [
        ({}, string.ascii_letters + string.digits + SPECIAL),
        ({"special": False}, string.ascii_letters + string.digits),
        ({"lower": False, "upper": False, "special": False}, string.digits),
        ({"lower": False, "upper": False, "number": False, "overrideSpecial": "+-"}, "+-"),
        ({"upper": False, "numeric": False, "special": False}, string.ascii_lowercase),
    ],
)
def test_a_password_has_its_length_and_every_allowed_character_and_no_other(inputs: Props, allowed: str) -> None:
    _, outputs = made(length=4096, **inputs)
    assert len(outputs["result"]) == 4096
    assert set(outputs["result"]) == set(allowed)


def test_at_least_so_many_of_each_kind_stand_anywhere_in_it() -> None:
    least = {"minLower": 3, "minUpper": 2, "minNumeric": 4, "minSpecial": 1}
    results = [made(length=10, **least)[1]["result"] for _ in range(8)]
    for result in results:
        kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SPECIAL)
        assert [sum(character in kind for character in result) for kind in kinds] == [3, 2, 4, 1]
    assert len(set(results)) == 8
    assert len({result[0] in string.ascii_lowercase for result in results}) == 2, "shuffled"


@pytest.mark.parametrize("length", [1, 24, 100])
def test_the_hash_is_one_of_the_password_of_which_bcrypt_sees_72_bytes(length: int) -> None:
    identifier, outputs = made(length=length)
    assert identifier == "none"
    assert bcrypt.checkpw(outputs["result"].encode()[:72], outputs["bcryptHash"].encode())
    assert not bcrypt.checkpw(b"another", outputs["bcryptHash"].encode())
    assert outputs["bcryptHash"].startswith("$2a$10$")


def test_password_and_hash_are_secret_and_nothing_else_is() -> None:
    _, outputs = made(length=24)
    assert {name for name, value in outputs.items() if isinstance(value, Secret)} == {"result", "bcryptHash"}
    assert outputs["numeric"] is outputs["number"] is outputs["lower"] is True


def test_a_preview_makes_nothing() -> None:
    _, planned = PROVIDER.create(URN, {"length": 24}, True)
    assert planned["result"] is planned["bcryptHash"] is UNKNOWN
    assert planned["length"] == 24


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "length: random:index/randomPassword:RandomPassword needs 'length'"),
        ({"length": 0}, "length: 0 is not allowed; allowed: 1 or more"),
        ({"length": "24"}, "length: '24' is not allowed; allowed: a whole number"),
        ({"length": 24, "lenght": 2}, "lenght: the sandbox's random:index/randomPassword:RandomPassword knows no"),
        ({"length": 3, "minLower": 2, "minUpper": 2}, "length: 3 is less than the sum of the minimums, 4"),
        ({"length": 3, "minLower": -1}, "minLower: -1 is not allowed; allowed: 0 or more"),
        ({"length": 3, "number": False, "numeric": True}, "number: numeric and number are two names of one input"),
        (
            {"length": 3, "lower": False, "upper": False, "numeric": False, "special": False},
            "lower: no character is allowed",
        ),
        ({"length": 3, "keepers": {"a": 1}}, "keepers: 1 is not allowed; allowed: text"),
    ],
)
def test_what_makes_no_password_is_refused_with_the_input_and_what_to_do(inputs: Props, words: str) -> None:
    assert failures(**inputs).startswith(words)


def test_what_is_unknown_before_up_is_not_judged() -> None:
    assert failures(length=UNKNOWN, minLower=5) == ""
    assert failures(length=3, minLower=UNKNOWN, minUpper=9) == ""
    assert failures(length=UNKNOWN, minLower=-1).startswith("minLower: -1")
    assert failures(length=24, keepers={"version": UNKNOWN}) == ""


@pytest.mark.parametrize(
    ("before", "after", "replaces"),
    [
        ({"length": 24}, {"length": 24}, set[str]()),
        ({"length": 24}, {"length": 24, "special": True, "minLower": 0, "numeric": True}, set[str]()),
        ({"length": 24}, {"length": 24, "number": True}, set[str]()),
        ({"length": 24}, {"length": 25}, {"length"}),
        ({"length": 24}, {"length": 24, "special": False}, {"special"}),
        ({"length": 24, "numeric": False}, {"length": 24}, {"numeric", "number"}),
        ({"length": 24}, {"length": 24, "keepers": {"version": "2"}}, {"keepers"}),
        ({"length": 24, "keepers": {"version": "2"}}, {"length": 24, "keepers": {"version": UNKNOWN}}, {"keepers"}),
    ],
)
def test_a_change_of_an_input_makes_a_new_password_and_the_default_in_words_does_not(
    before: Props, after: Props, replaces: set[str]
) -> None:
    assert replaced(before, after) == replaces


def test_a_refresh_keeps_the_password_and_an_import_is_refused() -> None:
    inputs: Props = {"length": 24}
    identifier, outputs = made(**inputs)
    read = PROVIDER.read(URN, identifier, inputs, outputs)
    assert (read.id, read.inputs, read.outputs) == ("none", inputs, outputs)
    with pytest.raises(ProviderError, match="cannot import or adopt"):
        PROVIDER.read(URN, "hunter2", {}, {})


def test_what_the_package_has_beside_passwords_is_refused_by_name() -> None:
    urn = Urn(text="urn:pulumi:test::infra::random:index/randomPet:RandomPet::rex")
    with pytest.raises(
        ProviderError, match=r"no random type 'random:index/randomPet:RandomPet'.*'rex'.*RandomPassword"
    ):
        PROVIDER.check(urn, {}, {}, b"")
    with pytest.raises(ProviderError, match="no function random:index/f"):
        PROVIDER.invoke("random:index/f", {})
    with pytest.raises(ProviderError, match="knows no setting colour"):
        PROVIDER.configure({"version": "4.21.4", "colour": "red"})


def test_a_creation_that_was_cut_left_nothing_to_take_up() -> None:
    with pytest.raises(ProviderError, match="made anew"):
        PROVIDER.resume(URN, {"length": 24})
