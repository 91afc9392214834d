"""Markers: small parameters that exist once a service is really deployed, or a job has really run.

A marker is written after its hook agreed, and dependants depend on it. A failed hook leaves the marker as it was, so
that the next `up` asks again. What it holds is the record that a rollback reads.
"""

from typing import Final

import pulumi
import pulumi_aws as aws

from components.workload import Workload, WorkloadArgs
from services.on_aws.hooks import Record

_DESCRIPTIONS: Final = {True: "Last successful run of the job", False: "Last successful rollout of the service"}


def declare_marker(name: str, workload: Workload, args: WorkloadArgs, hook: pulumi.ResourceHook) -> aws.ssm.Parameter:
    """Declare the marker of a service, or of a job, whose `hook` runs before each change of it."""
    is_job = workload.service is None
    ready = workload.prerequisites if workload.service is None else [workload.service]
    return aws.ssm.Parameter(
        f"{name}-{'job' if is_job else 'rollout'}",
        type="String",
        insecure_value=_record(name, workload, args),
        description=f"{_DESCRIPTIONS[is_job]} {name}",
        opts=pulumi.ResourceOptions(
            parent=workload,
            depends_on=list(ready),
            hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]),
        ),
    )


def _record(name: str, workload: Workload, args: WorkloadArgs) -> pulumi.Output[str]:
    """Return the marker's value: the record of what runs, as JSON."""
    containers = [container.name for container in args.containers]

    def render(
        cluster: str,
        task_definition: str,
        ecs_service: str | None,
        images: list[str],
        subnets: list[str],
        security_groups: list[str],
    ) -> str:
        record = Record(
            service=name,
            cluster=cluster,
            task_definition=task_definition,
            images=dict(zip(containers, images, strict=True)),
            subnets=tuple(sorted(subnets)),
            security_groups=tuple(sorted(security_groups)),
            ecs_service=ecs_service,
        )
        return record.to_json()

    return pulumi.Output.all(
        cluster=args.cluster.cluster.name,
        task_definition=workload.task_definition.arn,
        ecs_service=None if workload.service is None else workload.service.name,
        images=[container.image for container in args.containers],
        subnets=[subnet.id for subnet in args.subnets],
        security_groups=list(args.firewall.group_ids),
    ).apply(lambda parts: render(**parts))
