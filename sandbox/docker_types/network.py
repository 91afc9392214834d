"""docker:index/network:Network."""

# ruff: noqa: D102

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from docker.errors import NotFound

from sandbox.docker_engine import plain_words
from sandbox.docker_types import values
from sandbox.docker_types.base import DockerType, Input
from sandbox.plugin import Props, ReadResult, Urn

_POOL_KEYS = {"subnet": "Subnet", "ipRange": "IPRange", "gateway": "Gateway", "auxAddress": "AuxiliaryAddresses"}


class NetworkType(DockerType):
    """A network. Every change replaces it, as the engine cannot change one."""

    token: ClassVar[str] = "docker:index/network:Network"
    inputs: ClassVar[Mapping[str, Input]] = {
        "name": Input(),
        "attachable": Input(default=False),
        "driver": Input(default="bridge"),
        "ingress": Input(default=False),
        "internal": Input(default=False),
        "ipamConfigs": Input(unordered=True),
        "ipamDriver": Input(default="default"),
        "ipamOptions": Input(),
        "ipv6": Input(default=False),
        "labels": Input(unordered=True),
        "options": Input(),
    }
    computed: ClassVar[tuple[str, ...]] = ("scope",)

    def create(self, urn: Urn, inputs: Props) -> tuple[str, Props]:
        pools = [
            {theirs: item[ours] for ours, theirs in _POOL_KEYS.items() if item.get(ours)}
            for item in cast("list[Props]", inputs.get("ipamConfigs") or [])
        ]
        with plain_words(f"network {urn.name!r}"):
            made = self.engine.api.create_network(
                inputs["name"],
                driver=inputs.get("driver") or "bridge",
                options=inputs.get("options"),
                ipam={
                    "Driver": inputs.get("ipamDriver") or "default",
                    "Config": pools,
                    "Options": inputs.get("ipamOptions"),
                },
                internal=bool(inputs.get("internal")),
                attachable=bool(inputs.get("attachable")) or None,
                ingress=bool(inputs.get("ingress")) or None,
                labels=self.labels(inputs),
                enable_ipv6=bool(inputs.get("ipv6")),
            )
            found = self._inspect(made["Id"])
        return str(made["Id"]), {**inputs, "scope": found["Scope"]}

    def read(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> ReadResult:
        with plain_words(f"network {urn.name!r}"):
            try:
                found = self._inspect(id)
            except NotFound:
                return ReadResult(id="")
        actual: Props = {
            "name": found["Name"],
            "attachable": found["Attachable"],
            "driver": found["Driver"],
            "ingress": found["Ingress"],
            "internal": found["Internal"],
            "ipv6": found["EnableIPv6"],
            "labels": self.read_labels(inputs, found["Labels"]),
        }
        # The engine adds options of its own, and chooses a pool where none is given.
        options = values.props(found["Options"])
        actual["options"] = {name: options[name] for name in values.props(inputs.get("options")) if name in options}
        pools = values.items(values.props(found["IPAM"]).get("Config"))
        actual["ipamConfigs"] = [
            {ours: pool[theirs] for ours, theirs in _POOL_KEYS.items() if pool.get(theirs)} for pool in pools
        ]
        kept = {
            name: value if self.same(name, value, actual.get(name, value)) else actual[name]
            for name, value in inputs.items()
        }
        if "ipamConfigs" in inputs and _subnets(inputs) == _subnets(actual):
            kept["ipamConfigs"] = inputs["ipamConfigs"]
        return ReadResult(id=str(found["Id"]), inputs=kept, outputs={**outputs, **kept, "scope": found["Scope"]})

    def delete(self, urn: Urn, id: str, inputs: Props, outputs: Props) -> None:
        with plain_words(f"network {urn.name!r}"):
            try:
                self.engine.api.remove_network(id)
            except NotFound:
                return

    def _inspect(self, id: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self.engine.api.inspect_network(id))


def _subnets(inputs: Props) -> list[str]:
    return sorted(str(item.get("subnet")) for item in values.items(inputs.get("ipamConfigs")))
