"""The set-up on machines of every kind: fakes take the place of Python, pip, Pulumi's downloads and Go."""

import ast
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

FAKE = """#!%(python)s
# Every program that the set-up starts, by the name and the arguments it is started with; each call is written down.
import os, shutil, sys
name, arguments, here = os.path.basename(sys.argv[0]), sys.argv[1:], os.environ["FAKES"]
behaviour = lambda what: os.path.join(here, what)
def wrote(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    shutil.copy(__file__, path)
def called(what):
    with open(behaviour("calls"), "a") as calls:
        calls.write(what + "\\n")
if arguments[:2] == ["-m", "venv"]:
    called("venv")
    wrote(os.path.join(arguments[-1], "bin", "python"))
elif arguments[:3] == ["-m", "pip", "install"]:
    called("pip")
    print("Collecting certifi==1.0")
    if os.path.exists(behaviour("gate")):
        open(behaviour("gate")).close()
    if os.path.exists(behaviour("pip-fails")):
        sys.exit("ERROR: no matching distribution found for certifi")
elif arguments[:1] == ["-c"]:
    called("download")
    if not os.path.exists(behaviour("network")):
        sys.exit("URLError: Name or service not known")
    wrote(os.path.join(arguments[-1], "bin", "pulumi"))
elif arguments[:2] == ["env", "GOVERSION"]:
    print(open(behaviour("go-version")).read())
elif arguments[:1] == ["build"]:
    called("go build")
    wrote(arguments[arguments.index("-o") + 1])
elif arguments == ["version"]:
    told = behaviour("version-on-path") if os.path.dirname(os.path.abspath(sys.argv[0])) == here else ""
    print(open(told).read() if told else "v3.245.0")
else:
    print("Python", name, "goes on")
"""

DRIVER = """
import json, runpy, sys
machine, sys.argv = json.loads(sys.argv[1]), sys.argv[2:]
sys.executable = machine["executable"]
sys.version_info = tuple(machine["version"])
for missing in machine["without"]:
    sys.modules[missing] = None
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass(frozen=True)
class Machine:
    """A checkout of the set-up on a machine that has only what it is given."""

    checkout: Path
    fakes: Path

    def give(self, name: str, text: str = "") -> None:
        """Something that a fake looks for: `network`, `pip-fails`, `go-version`, `version-on-path`."""
        (self.fakes / name).write_text(text)

    def install(self, program: str) -> None:
        """Puts a fake program on PATH."""
        shutil.copy(self.fakes / "fake", self.fakes / program)

    def has_pulumi(self, version: str) -> None:
        self.give("version-on-path", version)
        self.install("pulumi")

    def has_go(self, version: str) -> None:
        self.give("go-version", version)
        self.install("go")

    @property
    def calls(self) -> list[str]:
        """What was started, in order."""
        path = self.fakes / "calls"
        return path.read_text().split("\n")[:-1] if path.exists() else []

    @property
    def stamp(self) -> dict[str, str]:
        """What the set-up says of the CLI."""
        return json.loads((self.checkout / ".tools/pulumi.json").read_text())

    def start(self, *options: str, version: str = "3.11.7", without: tuple[str, ...] = ()) -> "subprocess.Popen[str]":
        parts = [*map(int, version.split(".")), "final", 0]
        machine = {"executable": str(self.fakes / "fake"), "version": parts, "without": without}
        script = str(self.checkout / "tools/setup.py")
        return subprocess.Popen(
            [sys.executable, "-c", DRIVER, json.dumps(machine), script, *options],
            env={"PATH": str(self.fakes), "FAKES": str(self.fakes)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
        )

    def run(self, *options: str, version: str = "3.11.7", without: tuple[str, ...] = ()) -> tuple[int, str]:
        """Its exit code and everything that it says."""
        process = self.start(*options, version=version, without=without)
        text, _ = process.communicate(timeout=60)
        assert "Traceback" not in text, text
        return process.returncode, text


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    checkout, fakes = tmp_path / "checkout", tmp_path / "fakes"
    for part in ("tools", "requirements"):
        shutil.copytree(REPOSITORY / part, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
    fakes.mkdir()
    (fakes / "fake").write_text(FAKE % {"python": sys.executable})
    (fakes / "fake").chmod(0o755)
    return Machine(checkout, fakes)


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """A machine with a good Pulumi CLI on PATH, where the set-up has ended well."""
    machine.has_pulumi("v3.300.1")
    code, text = machine.run()
    assert code == 0, text
    return machine


@pytest.fixture
def gate(machine: Machine) -> Path:
    """While it is there, pip waits until somebody opens it for writing."""
    path = machine.fakes / "gate"
    os.mkfifo(path)
    return path


def test_the_script_is_read_by_a_python_too_old_to_run_it() -> None:
    _ = ast.parse((REPOSITORY / "tools/setup.py").read_text(), feature_version=(3, 6))


def test_a_python_that_is_too_old_is_named_with_the_way_out(machine: Machine) -> None:
    code, text = machine.run(version="3.9.2")
    assert code == 1
    assert f"Python 3.11 or newer is needed, but {machine.fakes / 'fake'} is Python 3.9.2." in text
    assert "make PYTHON=/path/to/python3.11" in text
    assert not (machine.checkout / ".venv").exists()


def test_a_newer_python_on_path_takes_over_from_one_that_is_too_old(machine: Machine) -> None:
    machine.install("python3.12")
    assert machine.run(version="3.9.2") == (0, "Python python3.12 goes on\n")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_virtual_environments_is_told_with_the_package_that_has_them(
    machine: Machine, module: str
) -> None:
    code, text = machine.run(without=(module,))
    assert code == 1
    assert "its venv or ensurepip module is missing" in text
    assert "apt-get install python3.11-venv" in text
    assert machine.calls == []


def test_without_pulumi_go_and_a_network_one_error_names_every_way_out(machine: Machine) -> None:
    code, text = machine.run()
    assert code == 1
    assert text.count("set-up: ") == 1
    assert "the download failed (URLError: Name or service not known)" in text
    assert "there is no Go to build it with" in text
    for way_out in ("install the Pulumi CLI >= 3.245.0", "reach Pulumi's downloads", "install Go >= 1.21"):
        assert way_out in text


def test_what_was_done_before_an_error_is_not_done_again(machine: Machine) -> None:
    assert machine.run()[0] == 1
    assert machine.run()[0] == 1
    assert machine.calls == ["venv", "pip", "download", "download"]


def test_a_go_that_is_too_old_is_named(machine: Machine) -> None:
    machine.has_go("go1.19.4")
    code, text = machine.run()
    assert code == 1
    assert f"{machine.fakes / 'go'} is Go 1.19, too old" in text


def test_a_pulumi_on_path_that_is_new_enough_is_used_as_it_is(ready: Machine) -> None:
    assert ready.calls == ["venv", "pip"]
    assert (ready.checkout / ".tools/pulumi").resolve() == ready.fakes / "pulumi"
    assert (ready.stamp["version"], ready.stamp["source"]) == ("3.300.1", "on PATH")


def test_a_pulumi_on_path_that_is_too_old_is_passed_over_for_a_download(machine: Machine) -> None:
    machine.has_pulumi("v3.100.0")
    machine.give("network")
    code, text = machine.run()
    assert (code, machine.calls) == (0, ["venv", "pip", "download"])
    assert "Pulumi CLI 3.245.0 (downloaded by the Pulumi SDK)" in text


def test_without_a_network_the_cli_is_built_and_the_reader_learns_why(machine: Machine) -> None:
    machine.has_go("go1.26.8")
    code, text = machine.run()
    assert (code, machine.calls) == (0, ["venv", "pip", "download", "go build"])
    assert "the download did not work (URLError: Name or service not known)" in text
    assert text.endswith("set-up: Python 3.11.7 in .venv, Pulumi CLI 3.245.0 (built from tools/go.mod)\n")


def test_a_pulumi_that_is_renewed_later_is_used_from_then_on(machine: Machine) -> None:
    machine.has_pulumi("v3.100.0")
    machine.give("network")
    assert machine.run()[0] == 0
    assert machine.run()[0] == 0
    assert machine.stamp["source"] == "downloaded by the Pulumi SDK"
    machine.has_pulumi("v3.300.1")
    assert machine.run()[0] == 0
    assert machine.stamp["source"] == "on PATH"


def test_a_cli_that_has_gone_is_found_anew(ready: Machine) -> None:
    (ready.fakes / "pulumi").unlink()
    ready.give("network")
    assert ready.run()[0] == 0
    assert ready.calls == ["venv", "pip", "download"]


@pytest.mark.parametrize("options", [(), ("--without-cli",)])
def test_a_second_run_starts_nothing_and_is_quick(ready: Machine, options: tuple[str, ...]) -> None:
    before, started = ready.calls, time.monotonic()
    assert ready.run(*options)[0] == 0
    assert time.monotonic() - started < 5
    assert ready.calls == before


def test_checks_need_no_cli(machine: Machine) -> None:
    assert machine.run("--without-cli")[0] == 0
    assert machine.calls == ["venv", "pip"]


def test_a_changed_lock_is_installed_into_the_same_environment(ready: Machine) -> None:
    with (ready.checkout / "requirements/development.lock").open("a") as lock:
        lock.write("# changed\n")
    assert ready.run()[0] == 0
    assert ready.calls == ["venv", "pip", "pip"]


@pytest.mark.parametrize("stamp", [None, "", '{"python": "3.'])
def test_a_half_made_environment_is_made_afresh(ready: Machine, stamp: str | None) -> None:
    path = ready.checkout / ".venv/.complete"
    path.unlink()
    if stamp is not None:
        path.write_text(stamp)
    assert ready.run()[0] == 0
    assert ready.calls == ["venv", "pip"] * 2


def test_another_python_or_another_place_means_another_environment(ready: Machine) -> None:
    assert ready.run(version="3.12.1")[0] == 0
    assert ready.calls == ["venv", "pip"] * 2
    moved = Machine(ready.checkout.rename(ready.checkout.with_name("moved")), ready.fakes)
    assert moved.run(version="3.12.1")[0] == 0
    assert moved.calls == ["venv", "pip"] * 3


def test_pips_own_words_are_shown_and_the_next_run_tries_again(machine: Machine) -> None:
    machine.has_pulumi("v3.300.1")
    machine.give("pip-fails")
    code, text = machine.run()
    assert code == 1
    assert "ERROR: no matching distribution found for certifi" in text
    assert "PIP_INDEX_URL" in text
    (machine.fakes / "pip-fails").unlink()
    assert machine.run()[0] == 0


def test_a_place_that_cannot_be_written_is_explained(machine: Machine) -> None:
    (machine.checkout / ".tools").write_text("a file where a folder has to be")
    code, text = machine.run()
    assert code == 1
    assert "The set-up cannot write here: " in text
    assert "Free the disk or mend the rights" in text


def test_of_two_runs_at_once_one_waits_and_finds_everything_done(machine: Machine, gate: Path) -> None:
    machine.has_pulumi("v3.300.1")
    first, second = machine.start(), machine.start()
    with gate.open("w"):  # opens when pip runs, in whichever came first
        gate.unlink()
    texts = [process.communicate(timeout=60)[0] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), texts
    assert machine.calls == ["venv", "pip"]


def test_a_run_that_waits_says_so(machine: Machine, gate: Path) -> None:
    machine.has_pulumi("v3.300.1")
    first = machine.start()
    while "pip" not in machine.calls:
        assert first.poll() is None
    second = machine.start()
    assert second.stdout is not None
    assert "another set-up is running in this checkout: waiting for it" in second.stdout.readline()
    with gate.open("w"):
        gate.unlink()
    for process in (first, second):
        _ = process.communicate(timeout=60)
        assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_stopped_is_taken_up_by_the_next(machine: Machine, gate: Path, number: signal.Signals) -> None:
    machine.has_pulumi("v3.300.1")
    stopped = machine.start()
    while "pip" not in machine.calls:
        assert stopped.poll() is None
    os.killpg(stopped.pid, number)
    text, _ = stopped.communicate(timeout=60)
    assert "Traceback" not in text
    if number == signal.SIGINT:
        assert stopped.returncode == 130
        assert "set-up: stopped; the next run goes on from here" in text
    gate.unlink()
    assert machine.run()[0] == 0
    assert machine.calls == ["venv", "pip"] * 2


def test_make_names_a_python_that_is_not_there(machine: Machine) -> None:
    shutil.copy(REPOSITORY / "Makefile", machine.checkout)
    done = subprocess.run(
        ["make", "-C", str(machine.checkout), "up", "PYTHON=python3.99"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "no python3.99 on PATH: install Python 3.11 or newer, or name one: make PYTHON=" in done.stderr


def test_a_link_to_the_environment_of_another_checkout_is_used_as_it_is_and_never_changed(
    ready: Machine, tmp_path: Path
) -> None:
    other = Machine(tmp_path / "other", ready.fakes)
    shutil.copytree(ready.checkout, other.checkout, ignore=shutil.ignore_patterns(".venv"))
    (other.checkout / ".venv").symlink_to(ready.checkout / ".venv")
    before = ready.calls
    assert other.run()[0] == 0

    (other.checkout / "requirements/runtime.lock").write_text("certifi==2.0\n")
    code, text = other.run()
    assert code == 1
    assert f".venv is a link to {ready.checkout}/.venv" in text
    assert "Remove the link" in text
    assert ready.calls == before
    assert ready.run()[0] == 0
    assert ready.calls == before, "its own environment is whole"
