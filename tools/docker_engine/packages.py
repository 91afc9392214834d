"""The engine's programs: Debian packages, downloaded with lists of their own and unpacked below one folder."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = "http://deb.debian.org/debian"
NEEDED = ("apt-get", "dpkg-deb", "perl", "ip", "setpriv", "unshare")

SUITES = {
    # Built against an old enough C library to run on both; the runtime is the host's generation.
    "trixie": ("docker.io", "docker-cli", "docker-buildx", "docker-compose"),
    "bookworm": (
        "runc",
        "containerd",
        "iptables",
        "tini",
        "mmdebstrap",
        "libnftnl11",
        "libnfnetlink0",
        "libnetfilter-conntrack3",
        "libip4tc2",
        "libip6tc2",
        "libxtables12",
        "libmnl0",
    ),
}

LINKS = {
    "iptables": "usr/sbin/xtables-nft-multi",
    "ip6tables": "usr/sbin/xtables-nft-multi",
    "docker-init": "usr/bin/tini-static",
    "dockerd": "usr/sbin/dockerd",
    "docker-proxy": "usr/sbin/docker-proxy",
    "runc": "usr/sbin/runc",
    "containerd": "usr/bin/containerd",
    "containerd-shim-runc-v2": "usr/bin/containerd-shim-runc-v2",
    "docker": "usr/bin/docker",
    "mmdebstrap": "usr/bin/mmdebstrap",
    "mmtarfilter": "usr/bin/mmtarfilter",
}
"""Name on the engine's PATH -> file of a package."""


class SetupError(Exception):
    """The engine cannot be set up here; the text says why."""


def why_not() -> str | None:
    """What this machine lacks for an engine of our own; None when it lacks nothing."""
    if os.geteuid() != 0:
        return "not root"
    if lacking := [program for program in NEEDED if shutil.which(program) is None]:
        return f"no {', '.join(lacking)}"
    return None if KEYRING.exists() else f"no {KEYRING}"


@dataclass(frozen=True)
class Packages:
    """The unpacked packages below `root`."""

    root: Path

    @property
    def path(self) -> Path:
        """The folder for PATH."""
        return self.root / "bin"

    @property
    def plugins(self) -> Path:
        """Plugins of the docker command: buildx, compose."""
        return self.root / "unpacked/usr/libexec/docker/cli-plugins"

    def environment(self) -> dict[str, str]:
        """This process's environment with the programs and their libraries in it."""
        libraries = self.root / "unpacked/usr/lib/x86_64-linux-gnu"
        return {
            **os.environ,
            "PATH": f"{self.path}:{os.environ.get('PATH', '')}",
            "LD_LIBRARY_PATH": str(libraries),
            "XTABLES_LIBDIR": str(libraries / "xtables"),
        }


def ensure_packages(root: Path) -> Packages:
    """Download and unpack what is not there yet: 10 s, then none.

    Raises:
        SetupError: The packages cannot be had, or not be unpacked.
    """
    packages = Packages(root)
    stamp = root / "complete"
    wanted = hashlib.sha256(repr((SUITES, LINKS)).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return packages
    if root.exists():
        shutil.rmtree(root)
    downloads = root / "downloads"
    downloads.mkdir(parents=True)
    configuration = _apt_configuration(root)
    _run(["apt-get", "-c", str(configuration), "-q", "update"], downloads)
    names = [f"{name}/{suite}" for suite, group in SUITES.items() for name in group]
    _run(["apt-get", "-c", str(configuration), "-q", "download", *names], downloads)
    for file in sorted(downloads.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(file), str(root / "unpacked")], downloads)
    packages.path.mkdir()
    for name, target in LINKS.items():
        (packages.path / name).symlink_to(Path("../unpacked", target))
    shutil.rmtree(downloads)
    shutil.rmtree(root / "apt")
    stamp.write_text(wanted)
    return packages


def _apt_configuration(root: Path) -> Path:
    """Package lists, cache and status of our own: the machine's stay as they are."""
    apt = root / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "state"):
        (apt / folder).mkdir(parents=True)
    (apt / "status").touch()
    (apt / "debian.sources").write_text(
        f"Types: deb\nURIs: {MIRROR}\nSuites: {' '.join(SUITES)}\nComponents: main\nSigned-By: {KEYRING}\n"
    )
    settings = {
        "Dir::Etc::sourcelist": apt / "debian.sources",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": apt / "state",
        "Dir::State::lists": apt / "lists",
        "Dir::State::status": apt / "status",
        "Dir::Cache": apt / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Sandbox::User": "root",
    }
    file = apt / "apt.conf"
    file.write_text("".join(f'{name} "{value}";\n' for name, value in settings.items()))
    return file


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-5:])
        raise SetupError(f"{' '.join(command[:1])} failed: {last}")
