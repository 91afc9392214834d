#!/usr/bin/env python3
"""Makes this checkout ready to work: the virtual environment in .venv and the Pulumi CLI in .tools.

Run by the Makefile before every target, on whatever bare Python 3 there is: standard library only, and no syntax
newer than Python 3.6, so that an old interpreter gets a sentence and not a syntax error. What is already done is
recognised by stamps, so a second run takes well below a second; a run that was killed leaves no stamp and is redone.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time

OLDEST_PYTHON = (3, 11)
OLDEST_CLI = (3, 245, 0)
OLDEST_GO = (1, 21)
HEARTBEAT_SECONDS = 10.0

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
VENV_STAMP = os.path.join(VENV, ".complete")
TOOLS = os.path.join(ROOT, ".tools")
CLI = os.path.join(TOOLS, "pulumi")
CLI_STAMP = os.path.join(TOOLS, "pulumi.json")
LOG = os.path.join(TOOLS, "setup.log")
LOCKS = [os.path.join(ROOT, "requirements", name) for name in ("runtime.lock", "development.lock")]
CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
CLI_VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
INSTALLER = """
import socket, sys
socket.setdefaulttimeout(20)
from pulumi.automation import PulumiCommand
PulumiCommand.install(root=sys.argv[1])
"""


class SetupError(Exception):
    """Something the reader has to put right; its text says what."""


def dotted(version):
    return ".".join(str(part) for part in version)


def ensure_python():
    """Goes on with a Python that is new enough: this one, or the newest python3.N on PATH."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    for minor in range(19, OLDEST_PYTHON[1] - 1, -1):
        newer = shutil.which("python3.%d" % minor)
        if newer:
            os.execv(newer, [newer] + sys.argv)  # noqa: S606 (no shell is meant)
    raise SetupError(
        "Python %s or newer is needed, but %s is Python %s.\n"
        "Install a newer one (https://www.python.org/downloads/ or your system's packages), then run this again;\n"
        "if it is not the first on PATH: make PYTHON=/path/to/python3.11 ..."
        % (dotted(OLDEST_PYTHON), sys.executable, dotted(sys.version_info[:3]))
    )


class Progress:
    """Says what a long step is doing: one live line on a terminal, a plain line now and then elsewhere."""

    def __init__(self, title):
        self.title = title
        self.live = sys.stdout.isatty()
        self.started = time.monotonic()
        self.spoken = self.started

    def elapsed(self):
        return int(time.monotonic() - self.started)

    def show(self, detail):
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            line = "  %3d s  %s: %s" % (self.elapsed(), self.title, detail)
            sys.stdout.write("\r\033[K" + line[:width])
            sys.stdout.flush()
        elif time.monotonic() - self.spoken >= HEARTBEAT_SECONDS:
            self.spoken = time.monotonic()
            print("  %3d s  %s: %s" % (self.elapsed(), self.title, detail), flush=True)

    def done(self, message):
        if self.live:
            sys.stdout.write("\r\033[K")
        print("  %3d s  %s" % (self.elapsed(), message), flush=True)


def run(command, title, condense, env=None, limit_seconds=None):
    """Runs a long command, shows its progress, keeps all it says in .tools/setup.log.

    condense: turns a line of output into the words to show, or None. Raises CalledProcessError, whose output is the
    last lines, when the command fails or takes longer than limit_seconds.
    """
    progress = Progress(title)
    if progress.live:
        progress.show("starting")
    else:
        print("         %s ..." % title, flush=True)
    lines = queue.Queue()  # type: queue.Queue
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
    )

    def read():
        for raw in process.stdout:
            lines.put(raw.decode("utf-8", "replace").rstrip())
        lines.put(None)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    detail, tail = "starting", []
    with open(LOG, "a") as log:
        log.write("$ %s\n" % " ".join(command))
        try:
            while True:
                try:
                    line = lines.get(timeout=0.5)
                except queue.Empty:
                    line = ""
                if line is None:
                    break
                if line:
                    log.write(line + "\n")
                    tail = (tail + [line])[-15:]
                    detail = condense(line) or detail
                progress.show(detail)
                if limit_seconds and progress.elapsed() > limit_seconds:
                    process.kill()
                    tail.append("stopped: it took longer than %d s" % limit_seconds)
                    limit_seconds = None
        except BaseException:
            process.kill()
            raise
    if process.wait() != 0:
        if progress.live:
            sys.stdout.write("\r\033[K")
        raise subprocess.CalledProcessError(process.returncode, command, "\n".join(tail))
    return progress


def write_json(path, value):
    with open(path + ".part", "w") as out:
        json.dump(value, out, indent=1)
    os.replace(path + ".part", path)


def read_json(path):
    """The stamp's content; None when there is none or it was half written."""
    try:
        with open(path) as source:
            return json.load(source)
    except (OSError, ValueError):
        return None


# --- the virtual environment ------------------------------------------------------------------------------------------


def venv_identity():
    digest = hashlib.sha256()
    for lock in LOCKS:
        with open(lock, "rb") as source:
            digest.update(source.read())
    return {"python": dotted(sys.version_info[:3]), "locks": digest.hexdigest(), "place": os.path.realpath(VENV)}


def condense_pip(line):
    match = re.match(r"\s*(Collecting|Downloading|Using cached|Building wheel for|Installing) ?(\S*)", line)
    if not match:
        return None
    if match.group(1) == "Installing":
        return "unpacking the packages"
    return "%s %s" % (match.group(1).lower(), match.group(2).split("/")[-1].split("==")[0])


def ensure_venv():
    """Makes .venv hold exactly what the lock files say, from scratch unless a complete one is merely out of date."""
    wanted, found = venv_identity(), read_json(VENV_STAMP)
    if found == wanted and os.path.exists(VENV_PYTHON):
        return
    if os.path.islink(VENV):
        raise SetupError(
            ".venv is a link to %s, which does not hold what the lock files here say; it may be another\n"
            "checkout's, so it is left alone. Remove the link and repeat: a virtual environment is made here.\n"
            "Where both checkouts have the same lock files, `make setup` in that one mends it, too."
            % os.path.realpath(VENV)
        )
    reusable = found is not None and found["python"] == wanted["python"] and found["place"] == wanted["place"]
    with contextlib.suppress(FileNotFoundError):
        os.remove(VENV_STAMP)
    if not (reusable and os.path.exists(VENV_PYTHON)):
        try:
            import ensurepip  # noqa: F401
            import venv  # noqa: F401
        except ImportError:
            raise SetupError(
                "This Python (%s) cannot make virtual environments: its venv or ensurepip module is missing.\n"
                "On Debian and Ubuntu: apt-get install python%d.%d-venv; elsewhere install the full Python."
                % ((sys.executable,) + sys.version_info[:2])
            )
        try:
            progress = run([sys.executable, "-m", "venv", "--clear", VENV], "virtual environment", lambda line: None)
        except subprocess.CalledProcessError as error:
            raise SetupError("The virtual environment .venv could not be made:\n%s" % error.output)
        progress.done("virtual environment is in .venv")
    command = [VENV_PYTHON, "-m", "pip", "install", "--require-hashes", "--no-deps", "--progress-bar", "off"]
    command += ["--disable-pip-version-check", "--no-input"]
    for lock in LOCKS:
        command += ["-r", lock]
    try:
        progress = run(command, "Python packages", condense_pip)
    except subprocess.CalledProcessError as error:
        raise SetupError(
            "The Python packages could not be installed. pip's last words (all of them: .tools/setup.log):\n%s\n"
            "Without a network, point pip at a mirror or a folder of wheels (PIP_INDEX_URL, PIP_FIND_LINKS)."
            % error.output
        )
    write_json(VENV_STAMP, wanted)
    progress.done("Python packages are in .venv (hash-checked)")


# --- the Pulumi CLI ---------------------------------------------------------------------------------------------------


def cli_version(path):
    """The version that the CLI at `path` says it has; None when it does not run."""
    env = dict(os.environ, PULUMI_SKIP_UPDATE_CHECK="true")
    try:
        out = subprocess.run([path, "version"], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", out.stdout.decode("utf-8", "replace"))
    return tuple(int(part) for part in match.groups()) if match and out.returncode == 0 else None


def identity_of(path):
    status = os.stat(path)
    return {"path": os.path.realpath(path), "size": status.st_size, "modified_ns": status.st_mtime_ns}


def accept_cli(path, source):
    """True when the CLI at `path` is new enough; .tools/pulumi then is (or points to) it, and the stamp says so."""
    if not os.path.exists(path):
        return False
    version = cli_version(path)
    if version is None or version < OLDEST_CLI:
        return False
    if path != CLI:
        with contextlib.suppress(FileNotFoundError):
            os.remove(CLI + ".part")
        os.symlink(path, CLI + ".part")
        os.replace(CLI + ".part", CLI)
    write_json(CLI_STAMP, dict(identity_of(CLI), version=dotted(version), source=source))
    return True


def cli_on_path():
    """The `pulumi` on PATH, unless that is the one in .tools (`source .sandbox/env` puts it there)."""
    places = [
        place
        for place in os.environ.get("PATH", "").split(os.pathsep)
        if os.path.realpath(place) != os.path.realpath(TOOLS)
    ]
    return shutil.which("pulumi", path=os.pathsep.join(places))


def install_cli_with_sdk():
    """Lets the Pulumi SDK download its CLI. Returns what went wrong, None when it is there."""
    place = os.path.join(TOOLS, "sdk")
    try:
        progress = run(
            [VENV_PYTHON, "-c", INSTALLER, place], "Pulumi CLI (download)", lambda line: line, limit_seconds=300
        )
    except subprocess.CalledProcessError as error:
        return error.output.splitlines()[-1] if error.output else "it failed"
    if not accept_cli(os.path.join(place, "bin", "pulumi"), "downloaded by the Pulumi SDK"):
        return "what it installed does not run"
    progress.done("Pulumi CLI downloaded")
    return None


def go_version(go):
    out = subprocess.run([go, "env", "GOVERSION"], stdout=subprocess.PIPE, cwd=TOOLS).stdout.decode()
    match = re.match(r"go(\d+)\.(\d+)", out)
    return tuple(int(part) for part in match.groups()) if match else (0, 0)


def condense_go():
    """Counts the packages that `go build -v` names: their last parts (v2, v3, api) say nothing on their own."""
    compiled = 0

    def condense(line):
        nonlocal compiled
        match = re.match(r"go: downloading (\S+)", line)
        if match:
            return "downloading " + match.group(1)
        compiled += 1
        return "%d packages compiled, %s" % (compiled, "/".join(line.split("/")[-2:]))

    return condense


def build_cli(download_problem):
    """Builds the CLI that tools/go.mod pins, with Go. About five minutes and 3 GB of Go's caches, once."""
    remedy = (
        "Any one of these helps: install the Pulumi CLI >= %s (https://www.pulumi.com/docs/install/), let this\n"
        "machine reach Pulumi's downloads, or install Go >= %s (https://go.dev/dl/) so that it can be built here."
        % (dotted(OLDEST_CLI), dotted(OLDEST_GO))
    )
    tried = "No Pulumi CLI: `pulumi` on PATH is missing or too old, and the download failed (%s)" % download_problem
    go = shutil.which("go")
    if go is None:
        raise SetupError("%s; there is no Go to build it with.\n%s" % (tried, remedy))
    if go_version(go) < OLDEST_GO:
        raise SetupError("%s; %s is Go %s, too old.\n%s" % (tried, go, dotted(go_version(go)), remedy))
    with open(os.path.join(ROOT, "tools", "go.mod")) as source:
        version = re.search(r"github.com/pulumi/pulumi/pkg/v3 (v\S+)", source.read()).group(1)
    part = CLI + ".part"
    command = [go, "build", "-C", os.path.join(ROOT, "tools"), "-v", "-tags", "osusergo,grpcnotrace"]
    command += ["-ldflags", "-s -w -X %s=%s" % (CLI_VERSION_SYMBOL, version), "-o", part, CLI_PACKAGE]
    try:
        progress = run(command, "Pulumi CLI, built with Go (once, 5 minutes on an idle machine)", condense_go())
    except subprocess.CalledProcessError as error:
        raise SetupError(
            "%s; building it failed too. Go's last words (all: .tools/setup.log):\n%s\n%s"
            % (tried, error.output, remedy)
        )
    os.replace(part, CLI)
    if not accept_cli(CLI, "built from tools/go.mod"):
        raise SetupError("The Pulumi CLI was built, but does not run: %s" % CLI)
    progress.done("Pulumi CLI built")


def ensure_cli():
    """Finds or makes the Pulumi CLI: on PATH, else already in .tools, else downloaded by the SDK, else built by Go."""
    on_path, stamp = cli_on_path(), read_json(CLI_STAMP)
    if stamp is not None and os.path.exists(CLI):
        same = all(stamp.get(key) == value for key, value in identity_of(CLI).items())
        known = on_path is None or identity_of(on_path) in (identity_of(CLI), stamp.get("passed_over"))
        if same and known:
            return
    if on_path is not None and accept_cli(on_path, "on PATH"):
        return
    if not accept_cli(CLI, (stamp or {}).get("source", "found in .tools")):
        problem = install_cli_with_sdk()
        if problem is not None:
            print("         the download did not work (%s)" % problem, flush=True)
            build_cli(problem)
    if on_path is not None:
        write_json(CLI_STAMP, dict(read_json(CLI_STAMP), passed_over=identity_of(on_path)))


@contextlib.contextmanager
def one_at_a_time():
    with open(os.path.join(TOOLS, "setup.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("         another set-up is running in this checkout: waiting for it", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main():
    parser = argparse.ArgumentParser(description="Makes .venv and the Pulumi CLI ready.")
    parser.add_argument("--without-cli", action="store_true", help="only the Python environment (for `make check`)")
    options = parser.parse_args()
    try:
        ensure_python()
        try:
            os.makedirs(TOOLS, exist_ok=True)
            with one_at_a_time():
                ensure_venv()
                if not options.without_cli:
                    ensure_cli()
        except OSError as error:
            raise SetupError("The set-up cannot write here: %s\nFree the disk or mend the rights, and repeat." % error)
    except SetupError as error:
        print("set-up: %s" % error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: stopped; the next run goes on from here", file=sys.stderr)
        return 130
    words = "set-up: Python %s in .venv" % dotted(sys.version_info[:3])
    if not options.without_cli:
        stamp = read_json(CLI_STAMP)
        words += ", Pulumi CLI %s (%s)" % (stamp["version"], stamp["source"])
    print(words, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
