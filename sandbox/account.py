"""The account that the cloud plays: what it holds by itself, and what is there beyond that. In the cloud's process."""

# moto's backends are plain untyped objects here.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections import Counter
from typing import Any

from moto.route53.models import route53_backends

from sandbox import inventory


class Account:
    """An account of moto's in a region, fresh when this is made."""

    def __init__(self, account_id: str, region: str) -> None:
        self._account_id = account_id
        inventory.open_backends(account_id, region)
        self._own = set(inventory.resources())

    def ensure_hosted_zone(self, name: str) -> None:
        """Gives the account a public zone of this name, as a real account would have it."""
        route53: Any = route53_backends[self._account_id]["aws"]
        full_name = f"{name.rstrip('.')}."
        if any(zone.name == full_name for zone in route53.zones.values()):
            return
        before = set(inventory.resources())
        route53.create_hosted_zone(full_name, private_zone=False)
        self._own |= set(inventory.resources()) - before

    def leftovers(self) -> dict[str, Any]:
        """What the account does not hold by itself: `left`, the paths of what should be gone; `kept`, reason -> number.

        The reasons are why AWS itself keeps something for a while.
        """
        new = {path: reason for path, reason in inventory.resources().items() if path not in self._own}
        kept = Counter(filter(None, new.values()))
        return {"left": sorted(path for path, reason in new.items() if not reason), "kept": kept}
