"""The program that the engine runs: the project's own `__main__.py`, by path, in this process."""

import runpy
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from pulumi import RunError

Program = Callable[[], None]


def project_program(project: Path) -> Program:
    """The program of the project. Its modules are found from the project's folder, as the language host would."""

    def run() -> None:
        if str(project) not in sys.path:
            sys.path.insert(0, str(project))
        runpy.run_path(str(project / "__main__.py"), run_name="__main__")

    return run


REFUSALS = frozenset({"SettingsError", "ApplicationError", "ComposeError", "DescriptionError"})
"""What the program raises, or gives as a RunError's cause, when its input has to change; by name: the sandbox imports
nothing of the program."""


class WatchedProgram:
    """Runs a program for the engine and keeps the text of refused input, which is no failure of the program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.refusal: str | None = None

    def __call__(self) -> None:
        """Runs it. An input error reaches the engine as its text, any other with the program's own frames."""
        try:
            self._program()
        except Exception as error:
            if _is_refusal(error) or (isinstance(error, RunError) and _is_refusal(error.__cause__)):
                self.refusal = str(error)
                raise RunError(self.refusal) from error
            if isinstance(error, RunError):
                raise
            raise RunError(_failure(error)) from error


def _is_refusal(error: BaseException | None) -> bool:
    return any(cls.__name__ in REFUSALS for cls in type(error).__mro__)


def _failure(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_machinery(frame.filename)]
    places = "".join(traceback.format_list(frames)).rstrip()
    return f"The program failed: {type(error).__name__}: {error}\n{places}"


def _is_machinery(filename: str) -> bool:
    return filename == __file__ or filename.startswith("<frozen") or "/pulumi/" in filename
