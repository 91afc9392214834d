"""Jobs on a Docker engine: containers that run to their end, and the marker that says they ended well."""

from collections.abc import Sequence

import pulumi
import pulumi_docker as docker

_LOG_LINES = 20


class JobFailedError(RuntimeError):
    """A job did not end with exit code 0; the text holds its last log lines."""


def completed(name: str, containers: Sequence[docker.Container], opts: pulumi.ResourceOptions) -> pulumi.Resource:
    """Declare the marker of a job's successful end: who waits for the job depends on the marker.

    The provider calls a container that was waited for created, whatever its exit code. The marker's hook looks at the
    code before the marker is made or renewed; a refusal there is repeated by every `up` until the job ran well.
    """

    async def ended_well(_: pulumi.ResourceHookArgs) -> None:
        for container in containers:
            exit_code = await container.exit_code.future()
            if exit_code != 0:
                raise JobFailedError(failure(name, exit_code, await container.container_logs.future()))

    hook = pulumi.ResourceHook(f"check-{name}-ended-well", ended_well)
    return pulumi.Stash(
        f"{name}-completed",
        input=[container.id for container in containers],
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook])),
        ),
    )


def failure(name: str, exit_code: int | None, logs: str | None) -> str:
    """Say how a job failed, what it last said, and what to do."""
    end = "did not end" if exit_code is None else f"ended with exit code {exit_code}"
    lines = "\n".join(f"  | {line}" for line in (logs or "").splitlines()[-_LOG_LINES:]) or "  | (no output)"
    return (
        f"job {name!r} {end}; whatever depends on it is not touched. Its last lines:\n{lines}\n"
        f"Mend the cause. If that changes nothing of the service, run it anew with "
        f"`pulumi up --replace '**:Container::{name}-*'`"
    )
