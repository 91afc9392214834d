"""docker:index/container:Container."""

# ruff: noqa: D102

from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, ClassVar, Final, cast

from docker.errors import DockerException, NotFound

from sandbox.docker_engine import plain_words
from sandbox.docker_types import values
from sandbox.docker_types.base import DockerType, Input, Place
from sandbox.docker_types.container_inputs import INPUTS, UPDATED, put
from sandbox.docker_types.container_reading import inputs_as_found, outputs_as_found
from sandbox.docker_types.containers import Containers, health, runs
from sandbox.plugin import InitializationError, Props, ProviderError, ReadResult, Urn
from sandbox.polling import wait_until

NOT_HEALTHY: Final = "notHealthy"
"""Output of a container that `up` gave up waiting for: the next one waits again."""
SETTLING_SECONDS: Final = 1.0
"""How long a container without a health check is watched after its start: what ends at once is told."""


class ContainerType(DockerType):
    """A container: created, connected to its networks, started, waited for."""

    token: ClassVar[str] = "docker:index/container:Container"
    inputs: ClassVar[Mapping[str, Input]] = INPUTS
    required: ClassVar[tuple[str, ...]] = ("image",)
    computed: ClassVar[tuple[str, ...]] = (
        "bridge",
        "command",
        "containerLogs",
        "entrypoints",
        "exitCode",
        "hostname",
        "networkDatas",
        "ports",
    )

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._containers = Containers(place.engine)

    def problems(self, inputs: Props) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for key, text in values.props(inputs.get("healthcheck")).items():
            if isinstance(text, str):
                try:
                    values.nanoseconds(text)
                except ValueError as error:
                    found["healthcheck"] = f"{key}: {error}"
        if inputs.get("restart") not in (None, "no", "always", "on-failure", "unless-stopped"):
            found["restart"] = f"{inputs['restart']!r} is none of no, always, on-failure, unless-stopped"
        if inputs.get("logs") and not inputs.get("attach"):
            found["logs"] = "needs attach: the provider keeps the output of a container that it waits for"
        return found

    def planned(self, inputs: Props) -> Props:
        # An input that is given is known; of the ports, only with every number.
        whole = all(port.get("external") for port in values.items(inputs.get("ports")))
        planned = super().planned({name: value for name, value in inputs.items() if name != "ports" or whole})
        return planned if inputs.get("ports") or "ports" not in inputs else {**planned, "ports": []}

    def create(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        with plain_words(f"container {urn.name!r}"):
            id = self._containers.create(inputs, self.labels(inputs))  # noqa: A001
            try:
                self._containers.connect(id, inputs)
                if inputs.get("start") is not False:
                    self._containers.start(id)
            except Exception:
                with suppress(DockerException):
                    self._containers.remove(id)  # it would keep its name and its place in the networks
                raise
            logs = self._attached(id, inputs) if inputs.get("attach") else None
            self._require_running(urn, id, inputs)
            outputs = outputs_as_found(inputs, self._containers.inspect(id))
        if logs is not None:
            outputs["containerLogs"] = logs
        self._wait_until_healthy(urn, id, inputs, outputs)
        return id, outputs

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        """A container that must run and does not is removed and counts as gone, as with the real provider."""
        with plain_words(f"container {urn.name!r}"):
            try:
                found = self._containers.inspect(id)
            except NotFound:
                return ReadResult(id="")
            if inputs.get("mustRun") is not False and inputs.get("start") is not False and not runs(found):
                self._containers.remove(id)
                return ReadResult(id="")
            kept = inputs_as_found(self, inputs, found)
            computed = outputs_as_found(kept, found)
        if "containerLogs" in outputs:
            computed["containerLogs"] = outputs["containerLogs"]
        if outputs.get(NOT_HEALTHY):
            computed[NOT_HEALTHY] = True
        return ReadResult(id=str(found["Id"]), inputs=kept, outputs=computed)

    def update(self, urn: Urn, id: str, old_inputs: Props, old_outputs: Props, new: Props) -> Props:
        """Sends what the real provider sends; and waits for a container that an earlier `up` gave up."""
        changed = self.changed(old_inputs, new)
        if changed & set(UPDATED):
            sent = {name: new.get(name, INPUTS[name].default) for name in UPDATED}
            body: Props = {}
            for name, value in sent.items():
                if name in changed or name in ("restart", "maxRetryCount", "memory", "memorySwap"):
                    put(body, INPUTS[name].path[1:], INPUTS[name].to_engine(value))
            with plain_words(f"container {urn.name!r}"):
                self._containers.update(id, body)
        with plain_words(f"container {urn.name!r}"):
            outputs = {
                **super().update(urn, id, old_inputs, old_outputs, new),
                **outputs_as_found(new, self._containers.inspect(id)),
            }
        if outputs.pop(NOT_HEALTHY, False):
            self._wait_until_healthy(urn, id, new, outputs)
        return outputs

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        with plain_words(f"container {urn.name!r}"):
            try:
                grace = inputs.get("destroyGraceSeconds")
                if grace and not inputs.get("attach"):
                    self._containers.stop(id, seconds=grace)
                self._containers.remove(id, volumes=inputs.get("removeVolumes") is not False)
            except NotFound:
                return

    # --- waiting ---

    def _attached(self, id: str, inputs: Props) -> str | None:
        """Wait for the container's end; its output where `logs` asks for it."""
        self._containers.wait(id)
        return self._containers.logs(id) if inputs.get("logs") else None

    def _require_running(self, urn: Urn, id: str, inputs: Props) -> None:
        if inputs.get("mustRun") is False or inputs.get("start") is False:
            return
        if not inputs.get("wait"):
            wait_until(lambda: not runs(self._containers.inspect(id)), seconds=SETTLING_SECONDS, every_seconds=0.1)
        found = self._containers.inspect(id)
        if not runs(found):
            code = found["State"]["ExitCode"]
            last = self._containers.last_lines(id)
            self._containers.remove(id)
            raise ProviderError(f"container {urn.name!r} ended at once with exit code {code}. Its last lines:\n{last}")

    def _wait_until_healthy(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        """Raises InitializationError after `waitTimeout` seconds: the container stays, for its reader to look at."""
        if not inputs.get("wait"):
            return
        seconds = float(inputs.get("waitTimeout") or 60)
        started = monotonic()
        with plain_words(f"container {urn.name!r}"):
            if not inputs.get("healthcheck") and "Health" not in self._containers.inspect(id)["State"]:
                reason = f"container {urn.name!r} is to be waited for, but has no health check: give it one"
            else:
                wait_until(lambda: self._settled(id), seconds=seconds, every_seconds=0.1)
                found = self._containers.inspect(id)
                if health(found) == "healthy":
                    return
                reason = self._not_healthy(urn, found, monotonic() - started)
        raise InitializationError(id=id, inputs=inputs, outputs={**outputs, NOT_HEALTHY: True}, reasons=[reason])

    def _settled(self, id: str) -> bool:
        """Whether the verdict is final: healthy, or ended for good."""
        found = self._containers.inspect(id)
        return health(found) == "healthy" or not runs(found)

    def _not_healthy(self, urn: Urn, found: Mapping[str, Any], seconds: float) -> str:
        state = cast("dict[str, Any]", found["State"])
        restarts = f", started {found['RestartCount'] + 1} times" if found["RestartCount"] else ""
        end = "" if runs(found) else f"; it ended with exit code {state['ExitCode']}"
        probes = values.items(values.props(state.get("Health")).get("Log"))
        probe = " ".join(str(probes[-1]["Output"]).split())[:300] if probes else ""
        said = f"\nIts health check said: {probe}" if probe else ""
        return (
            f"container {urn.name!r} did not become healthy within {seconds:.0f} s ({health(found)}{restarts}{end})."
            f"{said}\nIts last lines:\n{self._containers.last_lines(str(found['Id']))}\n"
            f"It is left as it is: docker logs {str(found['Name']).lstrip('/')}. What depends on it was not touched."
        )
