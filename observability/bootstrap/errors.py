"""Why the bootstrap stops."""


class BootstrapError(Exception):
    """It cannot go on; the text says what, why, and what to do. What was there before is as it was."""
