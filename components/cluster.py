"""The ECS cluster and the private DNS namespace that everything in it is named in."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.context import Context
from components.logs import log_group


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """Inputs of `Cluster`. `namespace_domain` is the name of the private DNS namespace."""

    context: Context
    vpc: aws.ec2.Vpc
    namespace_domain: str


class Cluster(pulumi.ComponentResource):
    """A Fargate cluster with enhanced Container Insights, a log of every ECS Exec session, and a DNS namespace.

    The namespace is the VPC's search domain, so that `backend` and `backend.<domain>` are one name.
    """

    cluster: aws.ecs.Cluster
    namespace: aws.servicediscovery.PrivateDnsNamespace
    namespace_domain: str

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:cluster:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster_name = f"{args.context.project}-{args.context.stack}"
        # Container Insights makes this group itself, unencrypted and kept for ever, unless it exists as long as the
        # cluster does.
        insights = log_group(
            f"{name}-insights",
            args.context,
            fixed_name=f"/aws/ecs/containerinsights/{cluster_name}/performance",
            opts=child,
        )
        sessions = log_group(f"{name}-exec-sessions", args.context, opts=child)
        self.cluster = aws.ecs.Cluster(
            name,
            name=cluster_name,
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value="enhanced")],
            configuration=aws.ecs.ClusterConfigurationArgs(
                execute_command_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgs(
                    logging="OVERRIDE",
                    log_configuration=aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs(
                        cloud_watch_encryption_enabled=True, cloud_watch_log_group_name=sessions.name
                    ),
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[insights]),
        )
        _ = aws.ecs.ClusterCapacityProviders(
            name,
            cluster_name=self.cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            default_capacity_provider_strategies=[
                aws.ecs.ClusterCapacityProvidersDefaultCapacityProviderStrategyArgs(
                    capacity_provider="FARGATE", weight=1
                )
            ],
            opts=child,
        )
        self.namespace_domain = args.namespace_domain
        self.namespace = aws.servicediscovery.PrivateDnsNamespace(
            name,
            name=args.namespace_domain,
            description="Names of services, their aliases and managed databases",
            vpc=args.vpc.id,
            opts=child,
        )
        self.register_outputs({"cluster_arn": self.cluster.arn, "namespace_id": self.namespace.id})

    def alias(
        self, name: str, target: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> aws.servicediscovery.Instance:
        """Declare `name` in the namespace as a CNAME of `target`, a full DNS name; return its one instance."""
        service = aws.servicediscovery.Service(
            name,
            name=name,
            description=f"Alias {name}",
            dns_config=_dns_config(self.namespace, "CNAME", "WEIGHTED"),
            opts=opts,
        )
        return aws.servicediscovery.Instance(
            name,
            service_id=service.id,
            instance_id=name,
            attributes={"AWS_INSTANCE_CNAME": target},
            opts=opts,
        )

    def registry(self, name: str, opts: pulumi.ResourceOptions) -> aws.servicediscovery.Service:
        """Declare `name` in the namespace for the addresses of an ECS service's tasks."""
        return aws.servicediscovery.Service(
            name,
            name=name,
            description=f"Tasks of {name}",
            dns_config=_dns_config(self.namespace, "A", "MULTIVALUE"),
            # Deprecated and always 1, but without it the provider drops the block and replaces the service at every
            # `up` (terraform-provider-aws issue 44285).
            health_check_custom_config={"failure_threshold": 1},
            force_destroy=True,
            opts=opts,
        )


def _dns_config(
    namespace: aws.servicediscovery.PrivateDnsNamespace, record: str, routing: str
) -> aws.servicediscovery.ServiceDnsConfigArgs:
    """Return the records of a name: found again within ten seconds of a change."""
    return aws.servicediscovery.ServiceDnsConfigArgs(
        namespace_id=namespace.id,
        routing_policy=routing,
        dns_records=[aws.servicediscovery.ServiceDnsConfigDnsRecordArgs(type=record, ttl=10)],
    )
