"""Who uses a named volume, and as whom; pure."""

from services.model import Application, Service


def owner(service: Service) -> tuple[int, int] | None:
    """Return the numbers of a service's user and group (root when it names none); None when they are no numbers."""
    uid, _, gid = (service.user or "0:0").partition(":")
    gid = gid or uid
    return (int(uid), int(gid)) if uid.isdecimal() and gid.isdecimal() else None


def volume_users(application: Application) -> dict[str, list[str]]:
    """Return the services that run here by the named volume that they mount."""
    users: dict[str, list[str]] = {}
    for name, service in application.services.items():
        for mount in service.named_volumes if service.x_aws.managed is None else ():
            users.setdefault(mount.source or "", []).append(name)
    return users
