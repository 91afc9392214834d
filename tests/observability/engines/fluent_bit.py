"""Fluent Bit 1.8.15, built from the source inside the npm package fluent-bit."""

import os
import shutil
from pathlib import Path

from tests.observability.engines.cache import part, run, tool
from tests.observability.engines.debian import fetch

_PACKAGE = "fluent-bit@0.0.3"
_BUILD_PACKAGES = ("bison", "flex", "libonig-dev", "libonig5", "m4")
_KEPT = frozenset(
    {
        "in_dummy",
        "in_emitter",
        "in_lib",
        "in_storage_backlog",
        "in_tail",
        "out_http",
        "out_lib",
        "out_null",
        "filter_lua",
        "filter_multiline",
    }
)
_OFF = (
    "AVRO_ENCODER",
    "AWS",
    "BACKTRACE",
    "EXAMPLES",
    "JEMALLOC",
    "SHARED_LIB",
    "SIGNV4",
    "STREAM_PROCESSOR",
    "TESTS",
)
_ONIGURUMA = """\
add_library(libonigmo SHARED IMPORTED GLOBAL)
set_target_properties(libonigmo PROPERTIES IMPORTED_LOCATION @ROOT@/usr/lib/x86_64-linux-gnu/libonig.so)
include_directories(@ROOT@/usr/include)
"""
"""The package's source lacks the bundled Onigmo; Debian's Oniguruma has the same interface."""


def fluent_bit() -> Path:
    """The program."""
    folder = part("fluent-bit", [_PACKAGE, *_BUILD_PACKAGES, *sorted(_KEPT), *_OFF, _ONIGURUMA], _make)
    return folder / "fluent-bit"


def _make(folder: Path) -> None:
    # A shared library is found by its absolute path, so it lies where the part will be, not where it grows.
    root = folder.parent / "fluent-bit-root"
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    fetch(_BUILD_PACKAGES, into=root)
    npm, cmake, make = tool("npm"), tool("cmake"), tool("make")
    tool("cc")
    work = folder / "work"
    (work / "build").mkdir(parents=True)
    run([npm, "pack", "--silent", _PACKAGE], folder=work)
    run([tool("tar"), "xzf", next(work.glob("*.tgz"))], folder=work)
    source = work / "package" / "src" / "fluent-bit"
    (source / "cmake" / "onigmo.cmake").write_text(_ONIGURUMA.replace("@ROOT@", str(root)))
    (root / "usr" / "include" / "onigmo.h").write_text("#include <oniguruma.h>\n")
    plugins = [path.name for path in (source / "plugins").iterdir() if path.name.startswith(("in_", "out_", "filter_"))]
    off = [*_OFF, *(name.upper() for name in sorted(plugins) if name not in _KEPT)]
    environment = {
        **os.environ,
        "PATH": f"{root / 'usr' / 'bin'}:{os.environ['PATH']}",
        "BISON_PKGDATADIR": str(root / "usr" / "share" / "bison"),
        "M4": str(root / "usr" / "bin" / "m4"),
        "CMAKE_POLICY_VERSION_MINIMUM": "3.5",
    }
    run([cmake, source, *(f"-DFLB_{name}=Off" for name in off)], folder=work / "build", environment=environment)
    run([make, "-j2", "fluent-bit-bin"], folder=work / "build", environment=environment)
    shutil.copy2(work / "build" / "bin" / "fluent-bit", folder / "fluent-bit")
    shutil.rmtree(work)
