"""The column of the Docker engine: what each key becomes there, through the Docker provider."""

from typing import Final

from services.support.fates import Column, Ignored, Mapped, Rejected

_NOT_BY_COMPOSE = Ignored("`docker compose` does not act on it either: it is for Swarm")
_BY_DOCKERFILE = Ignored("`docker compose` does not act on it either: RUN --mount=type=secret says it")
_WINDOWS = Rejected("it is for Windows containers: take it out")
_ELSEWHERE = "for this stack, write `!reset` for the key in a second file (services:compose takes a list)"
_NOT_BY_PROVIDER = Rejected(f"the Docker provider cannot set it: {_ELSEWHERE}")

DOCKER: Final[Column] = {
    "name": Mapped("part of the names of volumes and images, and a label"),
    "services": Mapped("containers `<service>-1` to `<service>-<replicas>`"),
    "services.*.image": Mapped("the image by its id; it is pulled unless the engine has it"),
    "services.*.build": Mapped("an image that is built here"),
    "services.*.build.tags": Mapped("further names of the image"),
    "services.*.build.secrets.*.uid": _BY_DOCKERFILE,
    "services.*.build.secrets.*.gid": _BY_DOCKERFILE,
    "services.*.build.secrets.*.mode": _BY_DOCKERFILE,
    "services.*.build.shm_size": Rejected("docker-build cannot set it: take it out"),
    "services.*.build.ulimits": Rejected("docker-build cannot set them: take them out"),
    "services.*.build.entitlements": Rejected("docker-build cannot grant them: take them out"),
    "services.*.build.privileged": Rejected("docker-build cannot grant it: take it out"),
    "services.*.build.isolation": _WINDOWS,
    "services.*.build.no_cache_filter": Rejected("docker-build cannot set it: write no_cache"),
    "services.*.build.provenance": Rejected("docker-build decides it: take it out"),
    "services.*.build.sbom": Rejected("docker-build decides it: take it out"),
    "services.*.entrypoint": Mapped("the container's entrypoint"),
    "services.*.command": Mapped("the container's command"),
    "services.*.environment": Mapped("the container's variables; with a secret one, all are encrypted in the state"),
    "services.*.ports": Mapped("published ports, on loopback unless `host_ip` says otherwise"),
    "services.*.ports.*.app_protocol": Mapped("the scheme of the endpoint"),
    "services.*.ports.*.mode": _NOT_BY_COMPOSE,
    "services.*.ports.*.name": Ignored("a name for people"),
    "services.*.expose": Ignored("services of one network reach each other on every port"),
    "services.*.healthcheck": Mapped(
        "the container's health check; without a command, the image's own, changed in what is written"
    ),
    "services.*.healthcheck.start_interval": Mapped(
        "time between probes while the container starts; 1s unless written"
    ),
    "services.*.depends_on": Mapped("the order of creation; waiting for health or for a successful end"),
    "services.*.depends_on.*.restart": Mapped("a new container whenever the other one is replaced"),
    "services.*.networks": Mapped("the networks that the container is on, with its names and addresses there"),
    "services.*.networks.*.interface_name": Mapped("the endpoint's option com.docker.network.endpoint.ifname"),
    "services.*.networks.*.priority": Mapped("which network is the first one: the service's mac_address is there"),
    "services.*.networks.*.use_service_name_alias": Mapped("whether the service's name is one of its names there"),
    "services.*.network_mode": Mapped(
        "the container's network: the host's, none, another container's, or one by its name"
    ),
    "services.*.volumes": Mapped(
        "mounts of volumes, of paths of this machine, and of memory; a volume without a name goes with its container"
    ),
    "services.*.volumes.*.consistency": Ignored("Docker has not looked at it since 2020"),
    "services.*.volumes.*.bind.recursive": _NOT_BY_PROVIDER,
    "services.*.volumes.*.image": _NOT_BY_PROVIDER,
    "services.*.tmpfs": Mapped("temporary file systems in memory, with their options"),
    "services.*.secrets": Mapped("files of this machine, mounted read-only"),
    "services.*.configs": Mapped("files of this machine, mounted read-only"),
    "services.*.deploy.mode": Mapped(
        "`replicated-job`, `global-job`: `up` waits for its end, and fails when it does; else containers that stay"
    ),
    "services.*.deploy.endpoint_mode": _NOT_BY_COMPOSE,
    "services.*.deploy.replicas": Mapped("number of containers"),
    "services.*.deploy.labels": _NOT_BY_COMPOSE,
    "services.*.deploy.resources": Mapped("limits and reservations of the container"),
    "services.*.deploy.resources.limits.pids": Rejected(
        f"the Docker provider cannot set it: write ulimits.nproc; or {_ELSEWHERE}"
    ),
    "services.*.deploy.resources.reservations.cpus": Ignored(
        "`docker compose` does not act on it either: an engine reserves no processors; cpu_shares weighs them"
    ),
    "services.*.deploy.resources.reservations.generic_resources": _NOT_BY_COMPOSE,
    "services.*.deploy.update_config": _NOT_BY_COMPOSE,
    "services.*.deploy.rollback_config": _NOT_BY_COMPOSE,
    "services.*.deploy.restart_policy": Mapped("the container's restart policy"),
    "services.*.deploy.restart_policy.delay": Ignored(
        "`docker compose` does not act on it either: the engine waits ever longer between two tries"
    ),
    "services.*.deploy.restart_policy.window": Ignored(
        "`docker compose` does not act on it either: the engine counts ten seconds of running as a success"
    ),
    "services.*.deploy.placement": Ignored("there is one engine to run on; `docker compose` does not act on it either"),
    "services.*.user": Mapped("the container's user"),
    "services.*.read_only": Mapped("a root file system without write access"),
    "services.*.init": Mapped("the engine's own process 1"),
    "services.*.cap_add": Mapped("added capabilities"),
    "services.*.cap_drop": Mapped("dropped capabilities"),
    "services.*.restart": Mapped("the container's restart policy"),
    "services.*.stop_grace_period": Mapped("seconds between the stop signal and the kill"),
    "services.*.stop_signal": Mapped("the signal that ends the container"),
    "services.*.working_dir": Mapped("the container's working directory"),
    "services.*.labels": Mapped("the container's labels"),
    "services.*.annotations": Rejected("the Docker provider cannot set it: use labels"),
    "services.*.container_name": Mapped("the container's name, and a name on its networks"),
    "services.*.hostname": Mapped("the container's host name"),
    "services.*.domainname": Mapped("the container's domain name"),
    "services.*.links": Mapped("order, and the alias as a further name of the other service"),
    "services.*.external_links": Rejected("put both on one network, and use the other container's name"),
    "services.*.extra_hosts": Mapped("entries of /etc/hosts"),
    "services.*.dns": Mapped("name servers, in no certain order: the provider keeps a set"),
    "services.*.dns_opt": Mapped("options of the resolver"),
    "services.*.dns_search": Mapped("domains that are searched, in no certain order: the provider keeps a set"),
    "services.*.logging": Mapped("the log driver and its options; json-file, which rotates, unless written otherwise"),
    "services.*.attach": Ignored("it concerns what `docker compose up` prints"),
    "services.*.platform": Mapped("the platform of the image"),
    "services.*.pull_policy": Ignored(
        "an image that the engine lacks is pulled; a policy that would do more for a tag is refused"
    ),
    "services.*.pull_refresh_after": Ignored("an image by digest is the same whenever it is pulled"),
    "services.*.scale": Mapped("number of containers"),
    "services.*.cpus": Mapped("processors at most"),
    "services.*.mem_limit": Mapped(
        "memory at most, in whole MiB; swap counts as memory unless memswap_limit says otherwise"
    ),
    "services.*.mem_reservation": Mapped("memory that is kept free"),
    "services.*.memswap_limit": Mapped("memory and swap at most"),
    "services.*.mem_swappiness": _NOT_BY_PROVIDER,
    "services.*.pids_limit": Rejected(f"the Docker provider cannot set it: write ulimits.nproc; or {_ELSEWHERE}"),
    "services.*.cpu_shares": Mapped("share of the processors"),
    "services.*.cpu_period": Mapped("period of the processors' scheduler"),
    "services.*.cpu_quota": Mapped("quota of the processors' scheduler"),
    "services.*.cpu_rt_period": _NOT_BY_PROVIDER,
    "services.*.cpu_rt_runtime": _NOT_BY_PROVIDER,
    "services.*.cpu_count": _WINDOWS,
    "services.*.cpu_percent": _WINDOWS,
    "services.*.cpuset": Mapped("the processors that it may use"),
    "services.*.shm_size": Mapped("shared memory"),
    "services.*.ulimits": Mapped("limits of the container's processes"),
    "services.*.sysctls": Mapped("kernel parameters of the container's namespaces"),
    "services.*.blkio_config": Mapped("rates of block devices"),
    "services.*.blkio_config.weight": _NOT_BY_PROVIDER,
    "services.*.blkio_config.weight_device": _NOT_BY_PROVIDER,
    "services.*.oom_kill_disable": _NOT_BY_PROVIDER,
    "services.*.oom_score_adj": _NOT_BY_PROVIDER,
    "services.*.privileged": Mapped("a container with all rights of the host"),
    "services.*.security_opt": Mapped(
        "security options; no-new-privileges is on unless it is named here; seccomp files are read"
    ),
    "services.*.group_add": Mapped("further groups of the user"),
    "services.*.userns_mode": Mapped("the user namespace"),
    "services.*.pid": Mapped("the process namespace"),
    "services.*.ipc": Mapped("the namespace of shared memory"),
    "services.*.uts": _NOT_BY_PROVIDER,
    "services.*.cgroup": Mapped("the namespace of control groups"),
    "services.*.cgroup_parent": Mapped("the parent control group"),
    "services.*.runtime": Mapped("the runtime"),
    "services.*.isolation": _WINDOWS,
    "services.*.devices": Mapped("devices of this machine, by path or by their CDI name"),
    "services.*.device_cgroup_rules": Mapped("rules for devices"),
    "services.*.gpus": Mapped("requests for devices"),
    "services.*.storage_opt": Mapped("options of the root file system's driver"),
    "services.*.umask": _NOT_BY_PROVIDER,
    "services.*.mac_address": Mapped("the address on the service's first network"),
    "services.*.stdin_open": Mapped("an open standard input"),
    "services.*.tty": Mapped("a terminal"),
    "services.*.volumes_from": Mapped("the other container's mounts"),
    "services.*.use_api_socket": Rejected("mount the engine's socket by name, if the service is to own this machine"),
    "services.*.credential_spec": _WINDOWS,
    "services.*.develop": Ignored("it is for `docker compose watch`, which works on the same file"),
    "services.*.post_start": Rejected("the Docker provider has no hooks: run the command in the image's entrypoint"),
    "services.*.pre_stop": Rejected("the Docker provider has no hooks: handle the stop signal"),
    "services.*.pre_start": Rejected("make it a service that this one waits for: service_completed_successfully"),
    "services.*.models": Rejected("run the model as a service, and name its URL in environment"),
    "services.*.provider": Rejected("what it provides must exist already: name it in environment"),
    "services.*.x-aws": Ignored("it says to AWS alone what only AWS knows"),
    "networks": Mapped("a network of the engine; a bridge unless it says otherwise"),
    "networks.*.attachable": Ignored("every container may join: the networks are always made attachable"),
    "networks.*.enable_ipv4": _NOT_BY_PROVIDER,
    "volumes": Mapped("a volume of the engine, which outlives the stack"),
    "secrets": Mapped("a file below .secrets that the containers mount; no state holds its value"),
    "secrets.*.name": Ignored("it names an object of Swarm"),
    "secrets.*.external": Rejected("give it a value: environment or file"),
    "secrets.*.labels": Ignored("they are labels of an object of Swarm"),
    "secrets.*.driver": Rejected("give it a value: environment or file"),
    "secrets.*.driver_opts": Rejected("give it a value: environment or file"),
    "secrets.*.template_driver": Rejected("write the content as it shall be"),
    "configs": Mapped("a file below .secrets that the containers mount; no state holds its content"),
    "configs.*.name": Ignored("it names an object of Swarm"),
    "configs.*.external": Rejected("give it content: content, environment or file"),
    "configs.*.labels": Ignored("they are labels of an object of Swarm"),
    "configs.*.template_driver": Rejected("write the content as it shall be"),
    "jobs": Rejected("make it a service with restart 'no' that another one waits for: service_completed_successfully"),
    "models": Rejected("run the model as a service, and name its URL in environment"),
}
"""Pattern of a key -> its fate on a Docker engine."""
