"""The engine's calls around one container, in the API's own words."""

# ruff: noqa: D102

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from docker.errors import APIError, NotFound

from sandbox.docker_engine import DockerEngine
from sandbox.docker_types import values
from sandbox.docker_types.container_inputs import CONFIG, HOST, INPUTS, put
from sandbox.plugin import Props
from sandbox.polling import wait_until

LOG_LINES: Final = 15
"""How many of a container's last lines an error shows."""

_GONE_SECONDS: Final = 60
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Containers:
    """The containers of an engine."""

    def __init__(self, engine: DockerEngine) -> None:
        self._engine = engine

    def create(self, inputs: Props, labels: Mapping[str, str]) -> str:
        """Make a container on its first network, without starting it; its id."""
        body: Props = {"Image": inputs["image"], "Labels": dict(labels), HOST: {}}
        for name, row in INPUTS.items():
            if row.path and inputs.get(name) is not None:
                section, *keys = row.path
                put(body if section == CONFIG else body[HOST], tuple(keys), row.to_engine(inputs[name]))
        if capabilities := values.props(inputs.get("capabilities")):
            body[HOST] |= {"CapAdd": capabilities.get("adds") or [], "CapDrop": capabilities.get("drops") or []}
        if ports := values.items(inputs.get("ports")):
            bindings = values.ports_to_engine(ports)
            body["ExposedPorts"] = {port: {} for port in bindings}
            body[HOST]["PortBindings"] = bindings
        if volumes := values.items(inputs.get("volumes")):
            binds, anonymous, taken = values.volumes_to_binds(volumes)
            body["Volumes"] = anonymous
            body[HOST] |= {"Binds": binds, "VolumesFrom": taken}
        if networks := values.items(inputs.get("networksAdvanced")):
            # The first one now: connected later, the container would be on the default network meanwhile.
            first = networks[0]
            body[HOST].setdefault("NetworkMode", first["name"])
            body["NetworkingConfig"] = {"EndpointsConfig": {first["name"]: _endpoint(first)}}
        platform = inputs.get("platform")
        query = {"name": inputs["name"], **({"platform": platform} if platform else {})}
        return str(self._post("/containers/create", body, query)["Id"])

    def connect(self, id: str, inputs: Props) -> None:
        """Connect it to its further networks."""
        for network in values.items(inputs.get("networksAdvanced"))[1:]:
            body = {"Container": id, "EndpointConfig": _endpoint(network)}
            self._post(f"/networks/{network['name']}/connect", body)

    def start(self, id: str) -> None:
        self._engine.api.start(id)

    def stop(self, id: str, *, seconds: int) -> None:
        """Ask it to end, and kill it after the time."""
        self._engine.api.stop(id, timeout=seconds)

    def wait(self, id: str) -> None:
        """Wait for its end, however long that takes."""
        self._engine.api.wait(id, timeout=None)

    def update(self, id: str, body: Props) -> None:
        """Change limits or the restart policy of a running container."""
        self._post(f"/containers/{id}/update", body)

    def inspect(self, id: str) -> dict[str, Any]:
        """What the engine tells of it. Raises NotFound."""
        return cast("dict[str, Any]", self._engine.api.inspect_container(id))

    def logs(self, id: str, tail: int | str = "all") -> str:
        text = cast("bytes", self._engine.api.logs(id, stdout=True, stderr=True, tail=tail))
        return text.decode("utf-8", "replace")

    def last_lines(self, id: str) -> str:
        """Its last lines as an error shows them."""
        lines = _ANSI.sub("", self.logs(id, LOG_LINES)).splitlines()[-LOG_LINES:]
        return "\n".join(f"  | {line}" for line in lines) or "  | (no output)"

    def remove(self, id: str, *, volumes: bool = True) -> None:
        """Remove it, running or not, and wait until it is gone."""
        try:
            self._engine.api.remove_container(id, v=volumes, force=True)
        except APIError as error:
            if error.status_code != 409 or "already in progress" not in str(error.explanation):
                raise
        wait_until(lambda: self._is_gone(id), seconds=_GONE_SECONDS)

    def _is_gone(self, id: str) -> bool:
        try:
            self.inspect(id)
        except NotFound:
            return True
        return False

    def _post(self, path: str, body: Props, query: Props | None = None) -> dict[str, Any]:
        """A call in the API's own words: the library's own forms lack some."""
        api = self._engine.api
        response = api._post_json(api._url(path), data=body, params=query)
        api._raise_for_status(response)
        return cast("dict[str, Any]", response.json()) if response.content else {}


def runs(found: Mapping[str, Any]) -> bool:
    """Whether it runs, or is between two tries of its restart policy."""
    state = found["State"]
    return bool(state["Running"] or state.get("Restarting"))


def health(found: Mapping[str, Any]) -> str:
    """`starting`, `healthy`, `unhealthy`, or `none` without a check."""
    return str(values.props(found["State"].get("Health")).get("Status") or "none")


def _endpoint(network: Props) -> Props:
    addresses = {
        "IPv4Address": network.get("ipv4Address"),
        "IPv6Address": network.get("ipv6Address"),
        "LinkLocalIPs": network.get("linkLocalIps"),
    }
    ipam = {key: value for key, value in addresses.items() if value}
    made = {
        "Aliases": network.get("aliases"),
        "DriverOpts": dict(option.split("=", 1) for option in network.get("driverOpts") or ()),
        "GwPriority": network.get("gwPriority"),
        "MacAddress": network.get("macAddress"),
        "IPAMConfig": ipam or None,
    }
    return {key: value for key, value in made.items() if value}
