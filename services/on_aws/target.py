"""The application on AWS: Fargate, RDS and a load balancer."""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter

import pulumi

from components.secrets import Secret, SecretArgs
from components.workload import Workload
from components.workload_firewall import WorkloadFirewall
from services import model
from services.deployment import Deployment
from services.model import Application
from services.on_aws import managed_caches, managed_databases, rules
from services.on_aws.exposure import declare_exposure, endpoints
from services.on_aws.firewalls import declare_firewalls
from services.on_aws.hooks import AwsClients
from services.on_aws.images import ImageChoices, declare_images
from services.on_aws.jobs import job_hook
from services.on_aws.managed import Managed, declare_cache, declare_database
from services.on_aws.managed_passwords import Password
from services.on_aws.markers import declare_marker
from services.on_aws.platform import Platform, declare_platform
from services.on_aws.rollout import rollout_hook
from services.on_aws.secret_variables import environment_json, environment_name
from services.on_aws.task import Surroundings, workload_args
from services.on_aws.volumes import declare_file_system, declare_volumes
from services.settings import StackSettings
from services.sources import secret_value


def deploy(settings: StackSettings, application: Application) -> Deployment:
    """Deploy the application to the account and region of the stack.

    A service starts once everything that it depends on has been rolled out, has run, or (managed) can be reached by
    its name.

    Raises:
        ApplicationError: AWS cannot do what the application asks for; no resource has been declared.
    """
    rules.check(
        application,
        settings.components,
        project=pulumi.get_project(),
        stack=pulumi.get_stack(),
        allow_image_tags=settings.services.allow_image_tags,
    )
    platform = declare_platform(settings.components, settings.aws.region, settings.aws.profile, application)
    return _Services(settings, application, platform).declare()


class _Services:
    """The services of one deployment, declared one after the other in the order of their dependencies."""

    def __init__(self, settings: StackSettings, application: Application, platform: Platform) -> None:
        self._settings = settings
        self._application = application
        self._platform = platform
        clients = AwsClients(region=settings.aws.region, profile=settings.aws.profile)
        self._rollout_hook, self._job_hook = rollout_hook(clients), job_hook(clients)
        self._ready: dict[str, list[pulumi.Resource]] = {}
        self._workloads: dict[str, Workload] = {}
        self._managed: dict[str, Managed] = {}

    def declare(self) -> Deployment:
        """Declare everything and return what it yields."""
        application, platform = self._application, self._platform
        file_system = declare_file_system(platform, application)
        firewalls = declare_firewalls(platform, application, file_system)
        load_balancing = declare_exposure(platform, application, firewalls)
        for name, service in application.services.items():
            if service.x_aws.managed is not None:
                self._managed[name] = self._declare_managed(name, service, firewalls[name])
                self._ready[name] = list(self._managed[name].ready)
        around = Surroundings(
            images=declare_images(
                platform,
                application,
                ImageChoices(
                    overrides=self._settings.services.images,
                    tags_allowed=self._settings.services.allow_image_tags,
                    secret=lambda name: self._value(application.secrets[name]),
                ),
            ),
            secrets=self._declare_secrets(),
            environments=self._declare_environments(),
            volumes=None if file_system is None else declare_volumes(application, file_system, firewalls),
            endpoints={
                **{name: f"{name}.{platform.cluster.namespace_domain}" for name in application.services},
                **{name: managed.endpoint for name, managed in self._managed.items()},
            },
            firewalls=firewalls,
            load_balancing=load_balancing,
        )
        for name in start_order(application):
            if name not in self._managed:
                self._declare_workload(name, around)
        return Deployment(
            endpoints=endpoints(platform, application),
            services={**self._workloads, **{name: managed.component for name, managed in self._managed.items()}},
            outputs=self._outputs(),
        )

    def _declare_managed(self, name: str, service: model.Service, firewall: WorkloadFirewall) -> Managed:
        """Declare what AWS runs in the place of a service."""
        platform, application = self._platform, self._application
        names = (name, *sorted(application.names_of(name)))
        if service.x_aws.managed == "elasticache":
            cache = managed_caches.replacement(service, application)
            password = None if cache.password is None else self._password(cache.password)
            return declare_cache(platform, names, cache, firewall, password)
        database = managed_databases.replacement(service, application)
        return declare_database(platform, names, database, firewall, self._password(database.password))

    def _declare_secrets(self) -> Mapping[str, Secret]:
        """Declare the secrets that tasks mount; a managed service is given its own directly."""
        application = self._application
        mounted = {
            mount.source
            for service in application.services.values()
            if service.x_aws.managed is None
            for mount in service.secrets
        }
        return {
            name: Secret(
                name,
                SecretArgs(
                    context=self._platform.context,
                    value=self._value(application.secrets[name]),
                    description=f"Secret {name} of {application.name}",
                ),
                self._platform.opts,
            )
            for name in sorted(mounted)
        }

    def _declare_environments(self) -> Mapping[str, Secret]:
        """Declare the secret variables of each service as one secret: a JSON object."""
        application = self._application
        return {
            name: Secret(
                environment_name(name),
                SecretArgs(
                    context=self._platform.context,
                    value=environment_json(service),
                    description=f"Secret variables of {name} of {application.name}",
                ),
                self._platform.opts,
            )
            for name, service in sorted(application.services.items())
            if service.secret_environment and service.x_aws.managed is None
        }

    def _password(self, password: Password) -> pulumi.Input[str]:
        return password.value(self._application, self._settings.services.variables)

    def _value(self, secret: model.Secret) -> pulumi.Input[str]:
        return secret_value(secret, self._application, self._settings.services.variables)

    def _declare_workload(self, name: str, around: Surroundings) -> None:
        service = self._application.services[name]
        after = list(dict.fromkeys(self._awaited(service)))
        args = workload_args(self._platform, self._application, name, around, after)
        workload = Workload(name, args, self._platform.opts)
        hook = self._job_hook if name in self._application.one_shot_services else self._rollout_hook
        self._workloads[name] = workload
        self._ready[name] = [declare_marker(name, workload, args, hook)]
        if workload.service is not None:
            for alias in sorted(self._application.names_of(name)):
                self._ready[name].append(
                    self._platform.cluster.alias(
                        alias,
                        f"{name}.{self._platform.cluster.namespace_domain}",
                        pulumi.ResourceOptions(parent=workload),
                    )
                )

    def _awaited(self, service: model.Service) -> Iterator[pulumi.Resource]:
        """What must be there before a service. A managed one waits for nothing: its dependants wait in its place."""
        for other in sorted(service.depends_on):
            yield from self._ready[other]
            if other in self._managed:
                yield from self._awaited(self._application.services[other])

    def _endpoints(self, kind: str) -> dict[str, pulumi.Output[str]]:
        services = self._application.services
        return {name: item.endpoint for name, item in self._managed.items() if services[name].x_aws.managed == kind}

    def _outputs(self) -> dict[str, pulumi.Input[object]]:
        markers = {name: ready[0] for name, ready in self._ready.items() if name in self._workloads}
        cluster = self._platform.cluster
        return {
            "cluster": cluster.cluster.name,
            "domain": cluster.namespace_domain,
            "databases": self._endpoints("rds"),
            "caches": self._endpoints("elasticache"),
            "markers": {name: getattr(marker, "name", None) for name, marker in markers.items()},
            "taskDefinitions": {name: item.task_definition.arn for name, item in self._workloads.items()},
        }


def start_order(application: Application) -> tuple[str, ...]:
    """Return the services so that each comes after what it depends on; `services.rules` has refused cycles."""
    graph = {name: sorted(service.depends_on) for name, service in sorted(application.services.items())}
    return tuple(TopologicalSorter(graph).static_order())
