"""Target tracking: the number of a service's tasks follows its load."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class TargetTracking:
    """The most tasks, and the average utilisation that is aimed at, in percent; None follows that metric not."""

    maximum: int
    cpu_percent: int | None
    memory_percent: int | None


def declare_target_tracking(
    name: str,
    *,
    scaling: TargetTracking,
    minimum: int,
    cluster: aws.ecs.Cluster,
    service: aws.ecs.Service,
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare the scaling of one ECS service: out after one minute, in after five."""
    target = aws.appautoscaling.Target(
        name,
        min_capacity=minimum,
        max_capacity=scaling.maximum,
        resource_id=pulumi.Output.concat("service/", cluster.name, "/", service.name),
        scalable_dimension="ecs:service:DesiredCount",
        service_namespace="ecs",
        opts=opts,
    )
    metrics = {
        "cpu": ("ECSServiceAverageCPUUtilization", scaling.cpu_percent),
        "memory": ("ECSServiceAverageMemoryUtilization", scaling.memory_percent),
    }
    for slug, (metric, percent) in metrics.items():
        if percent is not None:
            _ = aws.appautoscaling.Policy(
                f"{name}-{slug}",
                policy_type="TargetTrackingScaling",
                resource_id=target.resource_id,
                scalable_dimension=target.scalable_dimension,
                service_namespace=target.service_namespace,
                target_tracking_scaling_policy_configuration=(
                    aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                        predefined_metric_specification=aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
                            predefined_metric_type=metric
                        ),
                        target_value=float(percent),
                        scale_out_cooldown=60,
                        scale_in_cooldown=300,
                    )
                ),
                opts=opts,
            )
