"""`python -m tools.image_digests`: compares the digests in observability/images.py with what the registries say.

Needs Docker with buildx, and a network. Each image is told as same, differs or unknown; `--write` takes over the
digests that differ. Exit code 0 when all are the same or written, 1 when one differs or cannot be asked, 2 when an
argument is unknown.
"""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from observability.images import IMAGES, Image

TABLE: Final = Path(__file__).parents[1] / "observability/images.py"
_DIGEST: Final = re.compile(r"sha256:([0-9a-f]{64})")
_TIMEOUT_SECONDS: Final = 60


class UnknownDigestError(Exception):
    """The registry could not be asked; the text says why."""


def asked(image: Image) -> str:
    """The SHA-256 of the index that the registry has for the tag.

    Raises `UnknownDigestError`.
    """
    place = f"{image.repository}:{image.tag}"
    command = ["docker", "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", place]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS)
    except FileNotFoundError:
        raise UnknownDigestError("there is no `docker` on PATH") from None
    except subprocess.TimeoutExpired:
        raise UnknownDigestError(f"no answer within {_TIMEOUT_SECONDS} s") from None
    found = _DIGEST.fullmatch(done.stdout.strip())
    if done.returncode == 0 and found:
        return found[1]
    words = (done.stderr.strip() or done.stdout.strip() or "it said nothing").splitlines()
    raise UnknownDigestError(f"docker ended with code {done.returncode}: {words[-1]}")


def main(arguments: Sequence[str], table: Path = TABLE) -> int:
    """Tell of each image; return the exit code."""
    unknown = [argument for argument in arguments if argument != "--write"]
    if unknown:
        print(f"{unknown[0]!r} is unknown; known: --write", file=sys.stderr)
        return 2
    changes: dict[str, str] = {}
    silent = False
    for name, image in IMAGES.items():
        try:
            found = asked(image)
        except UnknownDigestError as error:
            silent = True
            print(f"unknown  {name}: {error}")
            continue
        if found == image.sha256:
            print(f"same     {name}")
        else:
            changes[image.sha256] = found
            print(f"differs  {name}: {image.tag} is sha256:{found} there")
    if changes and "--write" in arguments:
        text = table.read_text(encoding="utf-8")
        table.write_text(re.sub("|".join(changes), lambda old: changes[old[0]], text), encoding="utf-8")
        changes = {}
    return 1 if changes or silent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
