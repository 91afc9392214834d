"""moto as a process of its own: its life, what is left in it, failures that are ordered."""

# boto3's clients are made at run time and have no types here.
# pyright: reportUnknownLambdaType=false, reportUnknownMemberType=false, reportTypedDictNotRequiredAccess=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud import Cloud
from sandbox.files import SandboxFiles, read_json, write_json
from sandbox.injections import ApiFault, Silence
from sandbox.polling import wait_until
from tests.ports import free_port

REGION = "eu-central-1"


@pytest.fixture
def files(tmp_path: Path) -> SandboxFiles:
    files = SandboxFiles(tmp_path)
    files.prepare()
    return files


def test_a_later_command_finds_the_running_cloud(cloud: Cloud) -> None:
    assert Cloud.attach(cloud.files, REGION) == cloud


def test_a_cloud_that_was_killed_is_not_taken_for_running_and_its_port_is_used_again(files: SandboxFiles) -> None:
    # A port that no client takes between the two clouds.
    write_json(files.cloud, {"pid": os.getpid(), "port": free_port(), "token": "of an earlier life"})
    first = Cloud.start(files, REGION)
    os.kill(first.pid, signal.SIGKILL)
    assert wait_until(lambda: Cloud.attach(files, REGION) is None, seconds=10)
    second = Cloud.start(files, REGION)
    try:
        assert second.port == first.port
        assert second.token != first.token
    finally:
        second.stop()


def test_another_port_is_chosen_when_the_last_one_is_taken(files: SandboxFiles) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write_json(files.cloud, {"pid": os.getpid(), "port": port, "token": "of an earlier life"})
        cloud = Cloud.start(files, REGION)
        try:
            assert cloud.port != port
            assert cloud.healthy()
        finally:
            cloud.stop()


def test_a_half_written_cloud_file_is_set_aside(files: SandboxFiles) -> None:
    files.cloud.write_text('{"pid": 1')
    assert Cloud.attach(files, REGION) is None
    assert [path.read_text() for path in files.root.glob("cloud.json.aside-*")] == ['{"pid": 1']


def test_stopping_ends_the_process_and_can_be_repeated(files: SandboxFiles) -> None:
    cloud = Cloud.start(files, REGION)
    cloud.stop()
    cloud.stop()
    assert not cloud.healthy()
    assert read_json(files.cloud) is None


@pytest.mark.parametrize("outlived", [True, False])
def test_who_started_a_cloud_ends_without_a_word_whether_it_outlives_the_cloud_or_not(
    files: SandboxFiles, outlived: bool
) -> None:
    start = "cloud = Cloud.start(SandboxFiles(Path(sys.argv[1])), sys.argv[2])"
    end = "os.kill(cloud.pid, signal.SIGKILL); wait_until(lambda: not cloud.healthy(), seconds=10)" if outlived else ""
    program = f"""
import os, signal, sys
from pathlib import Path
from sandbox.cloud import Cloud
from sandbox.files import SandboxFiles
from sandbox.polling import wait_until
from tests.ports import free_port
{start}
{end}
"""
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", program, str(files.project), REGION]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    try:
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    finally:
        cloud = Cloud.attach(files, REGION)
        if cloud is not None:
            cloud.stop()
    assert (cloud is None) is outlived


def test_a_fresh_cloud_has_no_leftovers_and_a_resource_made_later_is_one(cloud: Cloud) -> None:
    assert cloud.leftovers().left == ()
    ec2 = cloud.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert any(path.endswith(f"vpcs/{vpc}") for path in cloud.leftovers().left)
    ec2.delete_vpc(VpcId=vpc)
    assert cloud.leftovers().left == ()


@pytest.mark.parametrize("service", ["iam", "s3", "sns"])
def test_leftovers_are_found_in_every_kind_of_service(cloud: Cloud, service: str) -> None:
    client = cloud.client(service)
    if service == "iam":
        client.create_role(RoleName="left", AssumeRolePolicyDocument="{}")
        remove = lambda: client.delete_role(RoleName="left")  # noqa: E731
    elif service == "s3":
        client.create_bucket(Bucket="left", CreateBucketConfiguration={"LocationConstraint": REGION})
        remove = lambda: client.delete_bucket(Bucket="left")  # noqa: E731
    else:
        arn = client.create_topic(Name="left")["TopicArn"]
        remove = lambda: client.delete_topic(TopicArn=arn)  # noqa: E731
    assert any("left" in path for path in cloud.leftovers().left)
    remove()
    assert cloud.leftovers().left == ()


def test_a_key_that_waits_for_its_deletion_is_kept_by_aws_and_no_leftover(cloud: Cloud) -> None:
    kms = cloud.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert cloud.leftovers().left != ()
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    left = cloud.leftovers()
    assert left.left == ()
    assert any("deletion window" in reason for reason in left.kept)


def test_the_account_has_the_hosted_zone_and_it_is_no_leftover_but_a_record_in_it_is(cloud: Cloud) -> None:
    cloud.ensure_hosted_zone("example.org")
    cloud.ensure_hosted_zone("example.org")
    route53 = cloud.client("route53")
    zones = [zone for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == "example.org."]
    assert len(zones) == 1
    assert cloud.leftovers().left == ()
    change = {
        "ResourceRecordSet": {
            "Name": "app.example.org",
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": "192.0.2.1"}],
        }
    }
    for action in ("CREATE", "DELETE"):
        batch = {"Changes": [{"Action": action, **change}]}
        route53.change_resource_record_sets(HostedZoneId=zones[0]["Id"], ChangeBatch=batch)
        assert bool(cloud.leftovers().left) is (action == "CREATE")


@pytest.mark.parametrize(
    ("service", "operation", "code", "call"),
    [
        ("ec2", "CreateVpc", "VpcLimitExceeded", lambda client: client.create_vpc(CidrBlock="10.8.0.0/16")),
        ("iam", "CreateRole", "AccessDenied", lambda c: c.create_role(RoleName="r", AssumeRolePolicyDocument="{}")),
        ("ecs", "CreateCluster", "ClientException", lambda client: client.create_cluster(clusterName="faulty")),
        ("s3", "ListBuckets", "AccessDenied", lambda client: client.list_buckets()),
    ],
)
def test_an_injected_fault_reaches_the_caller_once(
    cloud: Cloud, service: str, operation: str, code: str, call: Any
) -> None:
    cloud.inject(ApiFault(service=service, operation=operation, code=code, message="as ordered"))
    client = cloud.client(service)
    with pytest.raises(ClientError, match="as ordered") as caught:
        call(client)
    assert caught.value.response["Error"]["Code"] == code
    call(client)


def test_the_nth_changing_call_of_any_service_can_fail(cloud: Cloud) -> None:
    cloud.inject(ApiFault(nth=2))
    ec2 = cloud.client("ec2")
    ec2.describe_vpcs()
    vpc = ec2.create_vpc(CidrBlock="10.6.0.0/16")["Vpc"]["VpcId"]
    ec2.describe_vpcs()
    with pytest.raises(ClientError, match="told to inject"):
        ec2.delete_vpc(VpcId=vpc)
    ec2.delete_vpc(VpcId=vpc)


def test_a_silence_withholds_the_answer_of_a_call_that_is_carried_out_and_nothing_else(cloud: Cloud) -> None:
    cloud.inject(Silence(service="logs", operation="CreateLogGroup"))
    logs = cloud.client("logs")
    asking = Thread(target=lambda: logs.create_log_group(logGroupName="/silent"))
    asking.start()
    try:
        assert wait_until(lambda: cloud.injections()[0]["withheld"] == 1, seconds=10)
        assert len(logs.describe_log_groups(logGroupNamePrefix="/silent")["logGroups"]) == 1
        assert asking.is_alive()
    finally:
        cloud.clear_injections()
        asking.join(timeout=10)
    assert not asking.is_alive(), "the answer comes when the orders are taken back"
    logs.delete_log_group(logGroupName="/silent")
