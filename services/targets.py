"""The targets of deployment. Only the one that is asked for is imported: each brings a provider's whole library."""

import pulumi

from services.deployment import Deployment
from services.model import Application
from services.problems import ApplicationError
from services.settings import StackSettings, TargetName


def deploy(settings: StackSettings, application: Application) -> Deployment:
    """Deploy the application where `services:target` says.

    Raises:
        RunError: The target cannot do what the application asks for; no resource has been declared.
    """
    try:
        return _deploy(settings, application)
    except ApplicationError as error:
        raise pulumi.RunError(str(error)) from error


def _deploy(settings: StackSettings, application: Application) -> Deployment:
    match settings.services.target:
        case TargetName.AWS:
            from services.on_aws.target import deploy as deploy_on_aws

            return deploy_on_aws(settings, application)
        case TargetName.DOCKER:
            from services.on_docker.target import deploy as deploy_on_docker

            return deploy_on_docker(settings, application)
