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


class WatchedProgram:
    """Runs a program for the engine and keeps the text of a refused setting, which is no failure of the program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.refusal: str | None = None

    def __call__(self) -> None:
        """Runs it. A settings error reaches the engine as its text, any other with the program's own frames."""
        try:
            self._program()
        except RunError:
            raise
        except Exception as error:
            if any(cls.__name__ == "SettingsError" for cls in type(error).__mro__):
                self.refusal = str(error)
                raise RunError(self.refusal) from error
            raise RunError(_failure(error)) from error


def _failure(error: Exception) -> str:
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _is_machinery(frame.filename)]
    places = "".join(traceback.format_list(frames)).rstrip()
    return f"The program failed: {type(error).__name__}: {error}\n{places}"


def _is_machinery(filename: str) -> bool:
    return filename == __file__ or filename.startswith("<frozen") or "/pulumi/" in filename
