"""Images on a Docker engine: built here from their context, or pulled."""

import pulumi
import pulumi_docker as docker
import pulumi_docker_build as docker_build

from components.builds import build_hash, image_inputs
from services.builds import described
from services.model import Application, Build, Service
from services.settings import ServicesSettings
from services.sources import secret_value


class Images:
    """The images of an application, one for all services that share a build or a reference."""

    def __init__(self, application: Application, settings: ServicesSettings, opts: pulumi.ResourceOptions) -> None:
        self._application = application
        self._settings = settings
        self._opts = opts
        self._known: dict[str, pulumi.Output[str]] = {}

    def of(self, name: str, service: Service) -> pulumi.Output[str]:
        """The id of a service's image: an override of the stack goes before a build, a build before a reference."""
        match self._settings.images.get(name), service.build, service.image:
            case str() as override, _, _:
                return self._pulled(name, override, service.platform)
            case None, Build() as build, image:
                return self._built(name, build, image, service.platform)
            case _, _, image:
                return self._pulled(name, image or "", service.platform)

    def _built(self, name: str, build: Build, image: str | None, platform: str | None) -> pulumi.Output[str]:
        made = described(build, self._application, self._secret)
        platforms = (platform,) if platform else build.platforms
        content = build_hash(made, {"platforms": ",".join(platforms)} if platforms else {})
        key = f"{build.context}\0{content}\0{image}"
        if key not in self._known:
            tag = f"{self._application.name}/{name}:{content}"
            built = docker_build.Image(
                name,
                **image_inputs(made),
                platforms=[docker_build.Platform(item) for item in platforms] or None,
                tags=[tag, *build.tags, *([image] if image else ())],
                # The default builder of docker-build would pull an image of its own.
                exec_=True,
                builder=docker_build.BuilderConfigArgs(name="default"),
                load=True,
                push=False,
                build_on_preview=False,
                opts=self._opts,
            )
            self._known[key] = self._local(name, tag, depends_on=built)
        return self._known[key]

    def _secret(self, name: str) -> pulumi.Input[str]:
        return secret_value(self._application.secrets[name], self._application, self._settings.variables)

    def _pulled(self, name: str, reference: str, platform: str | None) -> pulumi.Output[str]:
        key = f"{reference}\0{platform}"
        if key not in self._known:
            self._known[key] = self._local(name, reference, platform=platform)
        return self._known[key]

    def _local(
        self, name: str, reference: str, *, platform: str | None = None, depends_on: pulumi.Resource | None = None
    ) -> pulumi.Output[str]:
        """The id of an image that the engine has, or pulls.

        Containers take the id: it is what the engine gives back, so that a refresh sees no difference.
        """
        opts = pulumi.ResourceOptions.merge(
            self._opts, pulumi.ResourceOptions(depends_on=None if depends_on is None else [depends_on])
        )
        return docker.RemoteImage(name, name=reference, platform=platform, keep_locally=True, opts=opts).image_id
