"""python -m tools.docker_engine run: an engine with stand-ins for base images, until Ctrl-C."""

import signal
import sys
import threading
from pathlib import Path

from tools.docker_engine.daemon import running
from tools.docker_engine.packages import SetupError, ensure_packages, why_not
from tools.docker_engine.stand_ins import APPLICATION, METRICS, ensure_stand_ins

CACHE = Path(__file__).resolve().parents[2] / ".tools" / "docker"


def main() -> int:
    """Run the engine; exit code 1 with the reason when it cannot be."""
    if sys.argv[1:] != ["run"]:
        print(__doc__, file=sys.stderr)
        return 2
    if reason := why_not():
        print(f"An engine cannot be set up here: {reason}.", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with running(ensure_packages(CACHE / "packages"), CACHE / "data") as engine:
            ensure_stand_ins(engine, (*APPLICATION, *METRICS))
            for name, value in engine.variables().items():
                print(f"export {name}={value}", flush=True)
            threading.Event().wait()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
