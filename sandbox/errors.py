"""What the sandbox says when it cannot go on: one message for the reader, and the exit code that goes with it."""


class SandboxError(Exception):
    """The command failed. Its text is the whole message: what happened and what to do."""

    exit_code = 1


class BadInputError(SandboxError):
    """The reader's input (a setting, an option, the environment) has to change before anything is touched."""

    exit_code = 2


class BusyError(SandboxError):
    """Another command is at work in this sandbox; its text names the owner."""
