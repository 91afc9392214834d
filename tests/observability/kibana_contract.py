"""The recorded contract of Kibana's API: whether a call, and the stand-in's answer to it, are as the reference says."""

import json
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any, cast

_CONTRACT: Any = json.loads(Path(__file__).with_name("kibana_contract.json").read_text(encoding="utf-8"))
CALLS: Mapping[tuple[str, str], Any] = {(call["method"], call["path"]): call for call in _CONTRACT["calls"]}
"""Method and path with its query -> what the call has to be, and what its answers are."""
_TYPES: Mapping[str, type | tuple[type, ...]] = {"string": str, "boolean": bool, "number": (int, float)}


class ContractError(AssertionError):
    """A call or an answer is not as the contract says; the text says where."""


def lines_of(method: str, path: str, headers: Mapping[str, str], body: bytes) -> list[Any]:
    """The JSON documents that a call sends.

    Raises:
        ContractError: The call is not in the contract, lacks a header, or has a body of another form.
    """
    call = CALLS.get((method, path))
    if call is None:
        raise ContractError(f"{method} {path} is not in the contract")
    given = {name.lower(): value for name, value in headers.items()}
    if missing := [name for name in call["headers"] if not given.get(name)]:
        raise ContractError(f"{method} {path} lacks {', '.join(missing)}")
    wanted = call["body"]
    if wanted is None:
        if body:
            raise ContractError(f"{method} {path} has a body")
        return []
    kind = given.get("content-type", "")
    if kind.split(";")[0] != wanted["type"]:
        raise ContractError(f"{method} {path} sends {kind!r}, not {wanted['type']}")
    documents = _file(body, kind, wanted) if "part" in wanted else [json.loads(body)]
    for number, document in enumerate(documents):
        _hold(document, wanted["form"], f"{method} {path} document {number}")
    return documents


def hold_answer(method: str, path: str, status: int, documents: Sequence[Any]) -> None:
    """Raises `ContractError` when the contract has no such answer."""
    form = CALLS[method, path]["answers"].get(str(status))
    if form is None:
        raise ContractError(f"{method} {path} has no answer {status}")
    for document in documents:
        _hold(document, form, f"{method} {path} answer {status}")


def _file(body: bytes, kind: str, wanted: Mapping[str, str]) -> list[Any]:
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    parts = [*BytesParser(EmailMessage, policy=default).parsebytes(head + body).iter_parts()]
    names = [part.get_param("name", header="content-disposition") for part in parts]
    if names != [wanted["part"]]:
        raise ContractError(f"the parts are {names}, not one {wanted['part']!r}")
    file_name = parts[0].get_filename() or ""
    if not file_name.endswith(wanted["file_name_ends"]):
        raise ContractError(f"the file is {file_name!r}, which does not end in {wanted['file_name_ends']}")
    content: bytes = parts[0].get_content()
    return [json.loads(line) for line in content.decode().splitlines()]


def _hold(value: Any, form: Any, where: str) -> None:
    if form == "any":
        return
    if isinstance(form, str):
        if not isinstance(value, _TYPES[form]) or (form == "number" and isinstance(value, bool)):
            raise ContractError(f"{where}: {value!r} is no {form}")
    elif isinstance(form, list):
        if not isinstance(value, list):
            raise ContractError(f"{where}: {value!r} is no list")
        for number, item in enumerate(cast("list[Any]", value)):
            _hold(item, form[0], f"{where}[{number}]")
    else:
        _hold_object(value, cast("Mapping[str, Any]", form), where)


def _hold_object(value: Any, form: Mapping[str, Any], where: str) -> None:
    if not isinstance(value, dict):
        raise ContractError(f"{where}: {value!r} is no object")
    given = cast("dict[str, Any]", value)
    forms = {key.rstrip("?"): inner for key, inner in form.items() if key != "*"}
    required = {key for key in form if not key.endswith("?") and key != "*"}
    if missing := required - set(given):
        raise ContractError(f"{where}: lacks {', '.join(sorted(missing))}")
    if "*" not in form and (unknown := set(given) - set(forms)):
        raise ContractError(f"{where}: has {', '.join(sorted(unknown))}, which the contract does not know")
    for key, inner in forms.items():
        if key in given:
            _hold(given[key], inner, f"{where}.{key}")
