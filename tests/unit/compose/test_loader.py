"""What the loader says and does beyond compose-go's JSON: places, notices, bounds, deliberate differences."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.compose import ComposeError, Project, load

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(text: str | bytes, name: str = "compose.yaml") -> Path:
        file = tmp_path / name
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    return make


def refusal(file: Path, **options: object) -> ComposeError:
    with pytest.raises(ComposeError) as caught:
        load([file], **options)  # pyright: ignore[reportArgumentType]
    return caught.value


def environment(project: Project, name: str = "a") -> object:
    services = project.model["services"]
    assert isinstance(services, dict)
    service = services[name]
    assert isinstance(service, dict)
    return service.get("environment")


def test_an_unknown_key_is_refused_at_its_place_with_the_nearest_known_one(write: Write) -> None:
    error = refusal(write("services:\n  web:\n    image: x\n    enviroment: {A: 1}\n"))
    assert (Path(error.position.file).name, error.position.line, error.position.column) == ("compose.yaml", 4, 5)
    assert "services.web.enviroment" in error.text
    assert "did you mean 'environment'?" in error.text


def test_a_wrong_kind_is_refused_with_what_is_allowed_and_what_is_there(write: Write) -> None:
    error = refusal(write("services:\n  web:\n    image: x\n    user: 1000\n"))
    assert (error.position.line, error.position.column) == (4, 5)
    assert error.text == "services.web.user: must be text, not a whole number ('1000')"


def test_an_entry_that_moved_in_a_merged_list_is_found_by_its_value(write: Write) -> None:
    first = write("services: {a: {image: x, ports: ['80', '81']}}\n", "one.yaml")
    second = write("services:\n  a:\n    ports:\n      - '82'\n      - http\n", "two.yaml")
    with pytest.raises(ComposeError) as caught:
        load([first, second])
    assert (Path(caught.value.position.file).name, caught.value.position.line) == ("two.yaml", 5)


def test_an_error_in_an_included_file_names_that_file(write: Write) -> None:
    write("services:\n  b:\n    image: x\n    ports: 80\n", "inner.yaml")
    error = refusal(write("include: [inner.yaml]\nservices: {a: {image: x}}\n"))
    assert (Path(error.position.file).name, error.position.line) == ("inner.yaml", 4)


def test_an_error_in_a_file_of_variables_names_its_line(write: Write) -> None:
    write("A=1\nB!=2\n", "a.env")
    error = refusal(write("services: {a: {image: x, env_file: a.env}}\n"))
    assert (Path(error.position.file).name, error.position.line) == ("a.env", 2)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("services:\n  a: {image: x\n", 3, "no valid YAML"),
        ("services:\n  a:\n    image: x\n    image: y\n", 4, "already set in line 3"),
        (b"services:\n  a:\n    image: \xff\n", 3, "not UTF-8"),
        ("services:\n  a: {image: '${A?say it}'}\n", 2, "required variable A has no value: say it"),
        ("services:\n  a: {image: x, ports: ['80-81:1-3']}\n", 2, "different lengths"),
        ("services:\n  a: {image: x, env_file: no.env}\n", 2, "there is no file"),
        ("services:\n  a: {image: x, depends_on: [b]}\n", 2, "there is no service 'b'"),
        ("services:\n  a: {image: x, networks: [b]}\n", 2, "not among the networks"),
        ("services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [a]}\n", 2, "a -> b -> a"),
        ("services:\n  a: {image: x, extends: a}\n", 2, "in a circle"),
        ("x-a: &a [*a]\n", 1, "contains itself"),
        ("", 1, "empty"),
        ("x-a: " + "[" * 200 + "]" * 200, 1, "nested more than 100 deep"),
        ("x-a:\n" + "  - 1\n" * 100_001, 100_000, "more than 100,000 values"),
        ("x-a: '" + "x" * (10 << 20) + "'\n", 1, "bytes, more than"),
        ("x-a: &a [1,2,3,4,5,6,7,8,9]\n" + "".join(
            f"x-{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
        ), 6, "with its aliases"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_its_line_and_its_reason(
    write: Write, content: str | bytes, line: int, reason: str
) -> None:
    started = time.process_time()
    error = refusal(write(content))
    assert reason in error.text
    assert abs(error.position.line - line) <= 1
    assert time.process_time() - started < 10


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "nothing.yaml").text
    assert "cannot be read" in refusal(tmp_path).text
    with pytest.raises(ComposeError, match="no Compose file"):
        load([])


def test_a_variable_that_is_not_set_is_noticed_at_its_place(write: Write) -> None:
    project = load([write("services:\n  a:\n    image: x:$TAG\n")])
    [notice] = project.notices
    assert (notice.position.line, notice.position.column) == (3, 5)
    assert "TAG" in notice.text


def test_the_shells_variables_count_only_when_they_are_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_SHELL", "shell")
    file = write("services: {a: {image: x, environment: [FROM_SHELL]}}\n")
    assert environment(load([file])) == {"FROM_SHELL": None}
    assert environment(load([file], shell=["FROM_SHELL"])) == {"FROM_SHELL": "shell"}
    assert environment(load([file], shell=["FROM_SHELL"], variables={"FROM_SHELL": "given"})) == {"FROM_SHELL": "given"}


def test_given_variables_win_over_the_dot_env_file(write: Write) -> None:
    write("A=file\nB=${A}-b\n", ".env")
    file = write("services: {a: {image: x, environment: [A, B]}}\n")
    assert environment(load([file])) == {"A": "file", "B": "file-b"}
    assert environment(load([file], variables={"A": "given"})) == {"A": "given", "B": "given-b"}


def test_a_raw_file_of_variables_is_taken_as_it_is(write: Write) -> None:
    write("# comment\nA='$B' # x\nB=\"q\"\n\nC\n", "a.env")
    file = write("services: {a: {image: x, env_file: [{path: a.env, format: raw}]}}\n")
    assert environment(load([file], variables={"C": "c"})) == {"A": "'$B' # x", "B": '"q"', "C": "c"}


def test_names_that_begin_with_x_are_entries_where_the_user_chooses_the_names(write: Write) -> None:
    assert environment(load([write("services: {a: {image: x, environment: {x-a: 1}}}\n")])) == {"x-a": "1"}


def test_a_size_that_is_a_fraction_is_refused_and_not_dropped(write: Write) -> None:
    assert "'1.5' is no size" in refusal(write("services: {a: {image: x, mem_limit: 1.5}}\n")).text


def test_a_config_from_a_variable_may_be_in_an_included_file(write: Write) -> None:
    write("services: {b: {image: x, configs: [c]}}\nconfigs: {c: {environment: C}}\n", "inner.yaml")
    project = load([write("include: [inner.yaml]\n")], variables={"C": "text"})
    assert project.model["configs"] == {"c": {"environment": "C", "name": f"{project.name}_c"}}
    assert project.variables["C"] == "text"


def test_ssh_keys_of_a_build_print_as_id_and_path(write: Write) -> None:
    project = load([write("services: {a: {build: {context: ., ssh: [default, key=/k]}}}\n")])
    services = project.model["services"]
    assert isinstance(services, dict)
    assert "['default', 'key=/k']" in str(services["a"])


def test_what_a_profile_does_not_enable_is_kept_apart(write: Write) -> None:
    file = write("services: {a: {image: x}, b: {image: y, profiles: [p]}}\n")
    assert set(load([file]).disabled) == {"b"}
    assert not load([file], profiles=["p"]).disabled


def test_a_path_of_the_model_can_be_located(write: Write) -> None:
    project = load([write("services:\n  a:\n    image: x\n    labels: [a=b]\n")])
    assert project.locate(("services", "a", "labels")).line == 4
    assert project.locate(("services", "a", "nothing", "here")).line == 2


def test_loading_needs_neither_pulumi_nor_pydantic() -> None:
    code = "import sys, services.compose; print({'pulumi', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_hundred_services_load_in_a_second_and_the_time_grows_with_their_number(write: Write) -> None:
    def seconds(count: int) -> float:
        services = "".join(
            f"  s{number}:\n    image: x:${{TAG:-1}}\n    ports: ['{8000 + number}:80']\n    networks: [n]\n"
            f"    environment: {{A: $B, C: 1}}\n    volumes: ['v:/v', './x:/y:ro']\n    depends_on: [base]\n"
            for number in range(count)
        )
        file = write(f"services:\n  base: {{image: y, networks: [n]}}\n{services}volumes: {{v: }}\nnetworks: {{n: }}\n")
        times: list[float] = []
        for _ in range(3):
            started = time.process_time()
            load([file])
            times.append(time.process_time() - started)
        return min(times)

    ten, hundred = seconds(10), seconds(100)
    assert hundred < 1
    assert hundred / ten < 12


@pytest.mark.parametrize(
    "text",
    [
        "services: {a: {image: x, env_file: %s}}\n" % ("n" * 5000),
        "services: {a: {image: x, label_file: %s}}\n" % ("n" * 5000),
        "include: [%s]\n" % ("n" * 5000),
        "include: [{path: compose.yaml, env_file: %s}]\n" % ("n" * 5000),
        "services: {a: {image: x, develop: {watch: [{path: %s, action: rebuild}]}}}\n" % ("n" * 5000),
        "services: {a: {image: x, env_file: \"a\\0b\"}}\n",
        "services: {a: {image: x, mem_limit: %s}}\n" % ("9" * 5000),
        "services: {a: {image: x, ports: ['%s']}}\n" % ("9" * 5000),
        "services: {a: {image: x, scale: '%s'}}\n" % ("9" * 5000),
        "services: {a: {image: '%s'}}\n" % ("${A:-" * 500 + "}" * 500),
        "services: {a: {image: '%s'}}\n" % ("${A:-" * 100_000),
    ],
)  # fmt: skip
def test_what_is_far_too_long_is_refused_in_time(write: Write, text: str) -> None:
    started = time.process_time()
    refusal(write(text))
    assert time.process_time() - started < 5


def test_long_lists_take_time_in_proportion(write: Write) -> None:
    entries = ", ".join(f"'{number}'" for number in range(40_000))
    file = write(f"services: {{a: {{image: x, expose: [{entries}], cap_add: [{entries}]}}}}\n")
    started = time.process_time()
    load([file, file])
    assert time.process_time() - started < 20
