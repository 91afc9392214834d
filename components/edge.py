"""The edge: one load balancer between the internet and the services that are published."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from components.address_plan import parse_cidr, slug
from components.context import Context
from components.firewall import CidrBlock, Port, admit, allow_egress, security_group
from components.naming import short_name
from components.network import Network
from components.policy import Statement
from components.settings import EdgeSettings
from components.storage import Bucket, BucketArgs
from components.web_firewall import declare_web_firewall

TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3, and 1.2 with forward secrecy and AEAD ciphers; post-quantum key exchange with clients that know it.

What AWS recommends (Application Load Balancers User Guide, "Security policies").
"""

LOG_PREFIX: Final = "load-balancer"
AUTONAME_LIMIT: Final = 32
"""Characters that Elastic Load Balancing allows in the name of a load balancer or target group."""

CONDITION_VALUES_LIMIT: Final = 5
"""Condition values in one rule (Application Load Balancers User Guide, "Quotas")."""


class EdgeError(ValueError):
    """A route that cannot be: the text names the value and what to do."""


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """Inputs of `Edge`. `hosts` are names below the hosted zone that it answers to beside the domain."""

    context: Context
    settings: EdgeSettings
    network: Network
    hosts: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """How the load balancer decides that a target can take requests. `matcher` is HTTP status codes (`200-299`)."""

    path: str = "/"
    matcher: str = "200-299"
    interval_seconds: int = 15
    timeout_seconds: int = 5
    healthy_threshold: int = 2
    unhealthy_threshold: int = 3


@dataclass(frozen=True, kw_only=True)
class RouteArgs:
    """Inputs of `Edge.route`. `priority` decides between routes (1 to 50000, unique, lowest first).

    Raises:
        EdgeError: neither hosts nor paths, more of them than a rule can hold, or a priority out of range.
    """

    target_group_members: aws.ec2.SecurityGroup
    port: int
    priority: int
    hosts: Sequence[str] = ()
    paths: Sequence[str] = ()
    protocol: Literal["HTTP", "HTTPS"] = "HTTP"
    protocol_version: Literal["HTTP1", "HTTP2", "GRPC"] = "HTTP1"
    health_check: HealthCheck = HealthCheck()
    deregistration_delay_seconds: int = 30

    def __post_init__(self) -> None:
        values = (*self.hosts, *self.paths)
        if not values:
            raise EdgeError("a route needs a host or a path; use the path /* for everything")
        if len(values) > CONDITION_VALUES_LIMIT:
            raise EdgeError(
                f"{len(values)} hosts and paths are more than the {CONDITION_VALUES_LIMIT} that a rule can hold; "
                "split the route"
            )
        if not 1 <= self.priority <= 50_000:
            raise EdgeError(f"priority {self.priority} is out of range; choose 1 to 50000")


@dataclass(frozen=True, kw_only=True)
class Route:
    """A route at the edge. A service that registers in `target_group` depends on `rule`: it must be attached first."""

    target_group: aws.lb.TargetGroup
    rule: aws.lb.ListenerRule


class Edge(pulumi.ComponentResource):
    """A load balancer in the public subnets: TLS 1.3, one certificate, a web firewall, access logs, an alias record.

    Port 80 redirects to 443; what no route takes gets a 404. `security_group` may reach only the targets that
    `route` names, on their ports.
    """

    load_balancer: aws.lb.LoadBalancer
    listener: aws.lb.Listener
    security_group: aws.ec2.SecurityGroup
    web_acl: aws.wafv2.WebAcl
    url: str

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("infra:edge:Edge", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        self.url = f"https://{args.settings.domain}"
        self.security_group = self._declare_security_group()
        zone = aws.route53.get_zone_output(
            name=args.settings.hosted_zone, private_zone=False, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        self.load_balancer = self._declare_load_balancer()
        self.listener = self._declare_listeners(self._declare_certificate(zone.zone_id))
        self.web_acl = declare_web_firewall(
            name,
            context=args.context,
            load_balancer=self.load_balancer,
            requests_per_5_minutes=args.settings.requests_per_5_minutes,
            log_retention_days=args.settings.waf_log_retention_days,
            opts=self._child,
        )
        for host in (args.settings.domain, *args.hosts):
            _ = aws.route53.Record(
                self._of_host(name, host),
                zone_id=zone.zone_id,
                name=host,
                type="A",
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=self.load_balancer.dns_name,
                        zone_id=self.load_balancer.zone_id,
                        evaluate_target_health=True,
                    )
                ],
                opts=self._child,
            )
        self.register_outputs({"url": self.url, "dns_name": self.load_balancer.dns_name})

    def route(self, name: str, args: RouteArgs, opts: pulumi.ResourceOptions | None = None) -> Route:
        """Send the requests of `args.hosts` and `args.paths` to the tasks that carry `args.target_group_members`.

        Opens the edge towards them on `args.port`; admitting the edge's `security_group` is the targets' own part.
        The rule is named after its priority: whoever takes a priority over takes over its rule, in place. Two rules
        of one priority would collide at AWS, as the new one is made before the old one goes.
        """
        opts = pulumi.ResourceOptions.merge(self._child, opts)
        check = args.health_check
        target_group = aws.lb.TargetGroup(
            short_name(name, limit=AUTONAME_LIMIT),
            vpc_id=self._args.network.vpc.id,
            target_type="ip",
            port=args.port,
            protocol=args.protocol,
            protocol_version=args.protocol_version,
            deregistration_delay=args.deregistration_delay_seconds,
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                protocol=args.protocol,
                path=check.path,
                matcher=check.matcher,
                interval=check.interval_seconds,
                timeout=check.timeout_seconds,
                healthy_threshold=check.healthy_threshold,
                unhealthy_threshold=check.unhealthy_threshold,
            ),
            opts=opts,
        )
        conditions: list[aws.lb.ListenerRuleConditionArgs] = []
        if args.hosts:
            hosts = aws.lb.ListenerRuleConditionHostHeaderArgs(values=list(args.hosts))
            conditions.append(aws.lb.ListenerRuleConditionArgs(host_header=hosts))
        if args.paths:
            paths = aws.lb.ListenerRuleConditionPathPatternArgs(values=list(args.paths))
            conditions.append(aws.lb.ListenerRuleConditionArgs(path_pattern=paths))
        rule = aws.lb.ListenerRule(
            f"{self._name}-{args.priority}",
            listener_arn=self.listener.arn,
            priority=args.priority,
            conditions=conditions,
            actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=target_group.arn)],
            tags={"Name": name},
            opts=opts,
        )
        _ = allow_egress(
            f"{self._name}-to-{name}",
            group=self.security_group,
            destination=args.target_group_members,
            port=Port(args.port),
            description=f"Requests and health checks to {name}",
            opts=opts,
        )
        return Route(target_group=target_group, rule=rule)

    def _declare_security_group(self) -> aws.ec2.SecurityGroup:
        group = security_group(
            self._name,
            vpc=self._args.network.vpc,
            description="Load balancer between the internet and the published services",
            opts=self._child,
        )
        for cidr in self._args.settings.ingress_cidrs:
            for port, protocol in ((80, "HTTP"), (443, "HTTPS")):
                _ = admit(
                    f"{self._name}-{protocol.lower()}-from-{slug(parse_cidr(cidr))}",
                    group=group,
                    source=CidrBlock(cidr),
                    port=Port(port),
                    description=f"{protocol} from {cidr}",
                    opts=self._child,
                )
        return group

    def _declare_load_balancer(self) -> aws.lb.LoadBalancer:
        context = self._args.context
        logs = Bucket(
            f"{self._name}-access-logs",
            BucketArgs(
                context=context,
                encryption="sse-s3",  # Elastic Load Balancing delivers to no bucket with a KMS key.
                expire_after_days=self._args.settings.access_log_retention_days,
                grants=lambda arn: (log_delivery(arn, context),),
            ),
            opts=self._child,
        )
        return aws.lb.LoadBalancer(
            short_name(self._name, limit=AUTONAME_LIMIT),
            load_balancer_type="application",
            internal=False,
            ip_address_type="ipv4",
            security_groups=[self.security_group.id],
            subnets=[subnet.id for subnet in self._args.network.primary_subnets["public"].values()],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=context.protection.deletion_protection,
            idle_timeout=self._args.settings.idle_timeout_seconds,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.bucket.bucket, prefix=LOG_PREFIX, enabled=True),
            # In a VPC without an internet gateway AWS refuses a load balancer that faces the internet, and while it has
            # public addresses the gateway cannot be taken away.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs.policy, self._args.network.internet]),
        )

    def _declare_certificate(self, zone_id: pulumi.Output[str]) -> aws.acm.CertificateValidation:
        hosts = (self._args.settings.domain, *self._args.hosts)
        certificate = aws.acm.Certificate(
            self._name,
            domain_name=hosts[0],
            subject_alternative_names=list(hosts[1:]) or None,
            validation_method="DNS",
            tags={"Name": hosts[0]},
            opts=self._child,
        )
        records = [self._prove(host, certificate, zone_id) for host in hosts]
        return aws.acm.CertificateValidation(
            self._name,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in records],
            opts=self._child,
        )

    def _prove(self, host: str, certificate: aws.acm.Certificate, zone_id: pulumi.Output[str]) -> aws.route53.Record:
        """Declare the record that proves that a name of the certificate is ours."""

        def proof(options: Sequence[aws.acm.outputs.CertificateDomainValidationOption]) -> dict[str, str]:
            option = next(option for option in options if option.domain_name == host)
            return {
                "name": option.resource_record_name or "",
                "type": option.resource_record_type or "",
                "value": option.resource_record_value or "",
            }

        found = certificate.domain_validation_options.apply(proof)
        return aws.route53.Record(
            self._of_host(f"{self._name}-validation", host),
            zone_id=zone_id,
            name=found["name"],
            type=found["type"],
            records=[found["value"]],
            ttl=300,
            allow_overwrite=True,
            opts=self._child,
        )

    def _of_host(self, name: str, host: str) -> str:
        """Return the name of a resource that there is for each host: that of the domain is not in it."""
        return name if host == self._args.settings.domain else f"{name}-{host}"

    def _declare_listeners(self, validated: aws.acm.CertificateValidation) -> aws.lb.Listener:
        _ = aws.lb.Listener(
            f"{self._name}-http",
            load_balancer_arn=self.load_balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="redirect",
                    redirect=aws.lb.ListenerDefaultActionRedirectArgs(
                        port="443", protocol="HTTPS", status_code="HTTP_301"
                    ),
                )
            ],
            opts=self._child,
        )
        return aws.lb.Listener(
            f"{self._name}-https",
            load_balancer_arn=self.load_balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=validated.certificate_arn,
            default_actions=[
                aws.lb.ListenerDefaultActionArgs(
                    type="fixed-response",
                    fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
                        status_code="404", content_type="text/plain", message_body="Not found"
                    ),
                )
            ],
            opts=self._child,
        )


def log_delivery(bucket_arn: pulumi.Output[str], context: Context) -> Statement:
    """Let this account's load balancers deliver access logs (Application Load Balancers User Guide, "Access logs")."""
    return Statement(
        sid="LogDelivery",
        principals={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        actions=("s3:PutObject",),
        resources=(pulumi.Output.concat(bucket_arn, f"/{LOG_PREFIX}/AWSLogs/", context.account_id, "/*"),),
        conditions={"ArnLike": {"aws:SourceArn": context.account.arn("elasticloadbalancing", "loadbalancer/*")}},
    )
