#!/usr/bin/env python3
"""Writes image digests into a stack file: python3 tools/pin_images.py Pulumi.prod.yaml SERVICE=REPOSITORY@DIGEST ...

Only the block `services:images` is touched, so that comments and the order of everything else stay. Standard library
only: the workflow that runs it sets nothing up.
"""

import re
import sys

PIN = re.compile(r"^([a-z0-9][a-z0-9_-]*)=([^\s@=]+@sha256:[0-9a-f]{64})$")
BLOCK = re.compile(r"^  services:images:[^\n]*\n(?:    [^\n]*\n)*", re.MULTILINE)


def pinned(text, pins):
    """The stack file's text with these digests; services that are not among them keep theirs."""
    found = BLOCK.search(text)
    lines = found.group(0).splitlines()[1:] if found else []
    known = dict(re.match(r"    ([^:\s]+): *(\S+)$", line).groups() for line in lines)
    known.update(pins)
    block = "".join(["  services:images:\n"] + ["    %s: %s\n" % item for item in sorted(known.items())])
    if found:
        return text[: found.start()] + block + text[found.end() :]
    if not re.search(r"^config:\s*$", text, re.MULTILINE):
        raise ValueError("the stack file has no block `config:`")
    return text + ("" if text.endswith("\n") else "\n") + block


def main(arguments):
    """Exit code 2 with a sentence when an argument is no digest."""
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    path, pins = arguments[0], {}
    for argument in arguments[1:]:
        match = PIN.match(argument)
        if not match:
            print("%r is no SERVICE=REPOSITORY@sha256:DIGEST" % argument, file=sys.stderr)
            return 2
        pins[match.group(1)] = match.group(2)
    with open(path) as source:
        text = source.read()
    try:
        changed = pinned(text, pins)
    except ValueError as error:
        print("%s: %s" % (path, error), file=sys.stderr)
        return 2
    with open(path, "w") as out:
        out.write(changed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
