"""How images are named."""

import re

_DIGEST_REFERENCE = re.compile(r"[\w.\-/:]+@sha256:[0-9a-f]{64}")


class ImageError(ValueError):
    """An image that cannot be: the text names the value and what to do."""


def check_digest_reference(reference: str) -> str:
    """Return `reference` when it names an image by digest.

    Raises:
        ImageError: it does not: a tag can be moved to another image.
    """
    if _DIGEST_REFERENCE.fullmatch(reference) is None:
        raise ImageError(
            f"{reference!r} names no digest, and what a tag means can change: write {reference}@sha256:... with what "
            f"docker buildx imagetools inspect {reference} --format '{{{{json .Manifest.Digest}}}}' says, or set "
            "services:allow_image_tags"
        )
    return reference
