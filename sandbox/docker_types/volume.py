"""docker:index/volume:Volume."""

# ruff: noqa: D102

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from docker.errors import APIError, NotFound

from sandbox.docker_engine import plain_words
from sandbox.docker_types.base import DockerType, Input
from sandbox.plugin import Props, ProviderError, ReadResult, Urn
from sandbox.polling import wait_until

_IN_USE_SECONDS = 30


class VolumeType(DockerType):
    """A volume. One that is there already under its name is taken over, with its data."""

    token: ClassVar[str] = "docker:index/volume:Volume"
    inputs: ClassVar[Mapping[str, Input]] = {
        "name": Input(),
        "driver": Input(default="local"),
        "driverOpts": Input(),
        "labels": Input(unordered=True),
    }
    computed: ClassVar[tuple[str, ...]] = ("mountpoint",)
    keeps_on_recovery: ClassVar[bool] = True

    def problems(self, inputs: Props) -> Mapping[str, str]:
        if "cluster" in inputs:
            return {"cluster": "volumes of a swarm are not part of the sandbox: leave it out"}
        return {}

    def create(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        with plain_words(f"volume {urn.name!r}"):
            made = cast(
                "dict[str, Any]",
                self.engine.api.create_volume(
                    name=inputs["name"],
                    driver=inputs.get("driver") or "local",
                    driver_opts=inputs.get("driverOpts"),
                    labels=self.labels(inputs),
                ),
            )
        return str(made["Name"]), {**inputs, "mountpoint": made["Mountpoint"]}

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        with plain_words(f"volume {urn.name!r}"):
            try:
                found = cast("dict[str, Any]", self.engine.api.inspect_volume(id))
            except NotFound:
                return ReadResult(id="")
        actual: Props = {
            "name": found["Name"],
            "driver": found["Driver"],
            "driverOpts": found["Options"],
            # A volume that was taken over keeps its own labels: the engine cannot change them.
            "labels": inputs.get("labels"),
        }
        kept = {name: value if self.same(name, value, actual[name]) else actual[name] for name, value in inputs.items()}
        return ReadResult(id=id, inputs=kept, outputs={**outputs, **kept, "mountpoint": found["Mountpoint"]})

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        with plain_words(f"volume {urn.name!r}"):
            removed = wait_until(lambda: self._removed(id), seconds=_IN_USE_SECONDS, every_seconds=0.5)
        if not removed:
            raise ProviderError(
                f"volume {urn.name!r} ({id}) is still in use: docker ps --all --filter volume={id} names the containers"
            )

    def _removed(self, id: str) -> bool:
        try:
            self.engine.api.remove_volume(id)
        except NotFound:
            return True
        except APIError as error:
            if "in use" in str(error.explanation):
                return False
            raise
        return True
