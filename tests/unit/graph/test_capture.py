"""The capture itself, on programs small enough to know everything about."""

import gc
import json
from collections.abc import Callable, Mapping

import pulumi
import pulumi_aws as aws
import pulumi_random as random
import pulumi_tls as tls
import pytest

from graph.answers import UnknownInvokeError
from graph.capture import capture
from graph.mocks import DuplicateResourceError, Recorder
from graph.resource import Graph
from graph.run import record
from graph.sdk import UnknownTypeError, resource_class, taggable, text_outputs
from graph.stack_file import StackConfig
from services.application import built_in
from services.placeholders import CANARY

SECRET = "very-secret"


def run(
    program: Callable[[], object], recorder: Recorder | None = None, values: Mapping[str, str] | None = None
) -> Graph:
    return record(program, StackConfig(project="shop", stack="test", values=values or {}), recorder)


class Shelf(pulumi.ComponentResource):
    """A component of one bucket."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shop:index:Shelf", name, None, opts)
        self.bucket = aws.s3.Bucket(name, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({"bucket": self.bucket.bucket})


def test_a_resource_has_the_urn_that_the_engine_would_give_it() -> None:
    graph = run(lambda: Shelf("books"))
    assert graph.one("aws:s3/bucket:Bucket", "books").urn == (
        "urn:pulumi:test::shop::shop:index:Shelf$aws:s3/bucket:Bucket::books"
    )
    assert graph.stack.urn == "urn:pulumi:test::shop::pulumi:pulumi:Stack::shop-test"


def test_parents_children_and_paths_are_known() -> None:
    graph = run(lambda: Shelf("books"))
    bucket, shelf = graph.one("aws:s3/bucket:Bucket", "books"), graph.one("shop:index:Shelf", "books")
    assert graph.parent(bucket) == shelf
    assert graph.children(shelf) == (bucket,)
    assert graph.ancestors(bucket) == (shelf, graph.stack)
    assert set(graph.descendants(graph.stack)) == {bucket, shelf}
    assert graph.path(bucket) == "books/books"
    assert shelf.outputs == {"bucket": bucket.outputs["bucket"]}
    assert shelf.outputs_registered


def test_what_is_declared_late_is_there_once_the_run_has_drained() -> None:
    def program() -> None:
        first = aws.s3.Bucket("first")
        _ = first.id.apply(lambda _: aws.s3.Bucket("late"))

    assert {bucket.name for bucket in run(program).of_type("aws:s3/bucket:Bucket")} == {"first", "late"}


def test_options_are_captured() -> None:
    def program() -> None:
        def hook(_: pulumi.ResourceHookArgs) -> None: ...

        first = aws.s3.Bucket("first")
        _ = aws.s3.Bucket(
            "second",
            opts=pulumi.ResourceOptions(
                protect=True,
                depends_on=[first],
                ignore_changes=["tags"],
                aliases=[pulumi.Alias(name="old"), "urn:pulumi:test::shop::aws:s3/bucket:Bucket::older"],
                delete_before_replace=True,
                retain_on_delete=True,
                replace_on_changes=["bucket"],
                deleted_with=first,
                custom_timeouts=pulumi.CustomTimeouts(create="1m", delete="2m"),
                hooks=pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook("ask", hook)]),
            ),
        )

    graph = run(program)
    first, second = (graph.one("aws:s3/bucket:Bucket", name) for name in ("first", "second"))
    assert second.protect
    assert second.dependencies == (first.urn,)
    assert second.ignore_changes == ("tags",)
    assert second.aliases[:2] == ("name=old", "urn:pulumi:test::shop::aws:s3/bucket:Bucket::older")
    assert second.delete_before_replace
    assert second.retain_on_delete
    assert second.replace_on_changes == ("bucket",)
    assert second.deleted_with == first.urn
    assert (second.custom_timeouts.create, second.custom_timeouts.delete) == ("1m", "2m")
    assert second.hooks == {"before_create": ("ask",)}
    assert not first.protect
    assert graph.dependants(first) == (second,)


def test_an_input_tells_which_resources_it_was_made_of() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("first")
        _ = aws.s3.BucketVersioning("first", bucket=bucket.bucket, versioning_configuration={"status": "Enabled"})

    graph = run(program)
    [versioning] = graph.of_type("aws:s3/bucketVersioning:BucketVersioning")
    bucket = graph.one("aws:s3/bucket:Bucket", "first")
    assert versioning.property_dependencies == {"bucket": (bucket.urn,)}
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}


def test_secrets_are_readable_and_known_to_be_secret() -> None:
    def program() -> None:
        secret = pulumi.Output.secret(SECRET)
        _ = aws.ssm.Parameter("whole", type="String", value=pulumi.Output.json_dumps({"password": secret}))
        _ = aws.ecs.TaskDefinition("plain", family="x", container_definitions=json.dumps([{"name": SECRET}]))
        _ = aws.rds.ParameterGroup("part", family="x", parameters=[{"name": "p", "value": secret}])
        pulumi.export("secret", secret)

    graph = run(program)
    whole = graph.one("aws:ssm/parameter:Parameter", "whole")
    part = graph.one("aws:rds/parameterGroup:ParameterGroup", "part")
    plain = graph.one("aws:ecs/taskDefinition:TaskDefinition", "plain")
    assert SECRET in whole.text("value")
    assert whole.is_secret(("value",))
    assert part.inputs["parameters"] == [{"name": "p", "value": SECRET}]
    assert [path for path, text in part.plain_texts() if SECRET in text] == []
    assert [path for path, text in plain.plain_texts() if SECRET in text] == [("containerDefinitions",)]
    assert graph.secret_exports == {("secret",)}


def test_what_a_provider_makes_in_secret_bears_the_canary_and_is_secret_wherever_it_goes() -> None:
    def program() -> None:
        password = random.RandomPassword("login", length=24)
        key = tls.PrivateKey("own", algorithm="ED25519")
        certificate = tls.SelfSignedCert(
            "own", private_key_pem=key.private_key_pem, allowed_uses=["server_auth"], validity_period_hours=1
        )
        login = pulumi.Output.concat("metrics:", password.result, ":", password.bcrypt_hash)
        _ = aws.s3.BucketObjectv2("login", bucket="b", content=login)
        _ = aws.s3.BucketObjectv2("certificate", bucket="b", content=certificate.cert_pem)
        pulumi.export("key", key.private_key_pem_pkcs8)

    graph = run(program)
    login = graph.one("aws:s3/bucketObjectv2:BucketObjectv2", "login")
    assert login.text("content").count(CANARY) == 2
    assert [item for item in graph for _, text in item.plain_texts() if CANARY in text] == []
    assert graph.secret_exports == {("key",)}
    assert CANARY in str(graph.exports["key"])
    told = graph.one("aws:s3/bucketObjectv2:BucketObjectv2", "certificate")
    assert told.text("content").startswith("-----BEGIN CERTIFICATE-----")
    assert not told.is_secret(("content",))


def test_default_tags_of_the_provider_count_under_the_resource_s_own() -> None:
    def program() -> None:
        provider = aws.Provider("aws", region="eu-central-1", default_tags={"tags": {"Owner": "a", "Stack": "b"}})
        opts = pulumi.ResourceOptions(provider=provider)
        _ = aws.s3.Bucket("tagged", tags={"Owner": "c"}, opts=opts)
        _ = aws.s3.Bucket("untagged")

    graph = run(program)
    assert graph.tags_of(graph.one("aws:s3/bucket:Bucket", "tagged")) == {"Owner": "c", "Stack": "b"}
    assert graph.tags_of(graph.one("aws:s3/bucket:Bucket", "untagged")) == {}


def test_an_unknown_function_is_an_error_that_names_it() -> None:
    def program() -> None:
        _ = aws.ec2.get_vpc_output(id="vpc-1").id.apply(lambda _: None)

    with pytest.raises(UnknownInvokeError, match="aws:ec2/getVpc:getVpc"):
        _ = run(program)


def test_a_resource_that_is_read_instead_of_declared_is_an_error() -> None:
    with pytest.raises(UnknownInvokeError, match="aws:s3/bucket:Bucket theirs"):
        _ = run(lambda: aws.s3.Bucket.get("theirs", "theirs"))


def test_two_resources_of_one_urn_are_an_error() -> None:
    def program() -> None:
        _ = aws.s3.Bucket("same"), aws.s3.Bucket("same")

    with pytest.raises(DuplicateResourceError, match="Bucket::same: declared twice"):
        _ = run(program)


def test_an_error_of_the_program_comes_out_as_itself_with_what_it_had_declared() -> None:
    def program() -> None:
        _ = aws.s3.Bucket("first")
        raise LookupError("the program's own words")

    recorder = Recorder(region="eu-central-1")
    with pytest.raises(LookupError, match="the program's own words"):
        _ = run(program, recorder)
    assert recorder.registered_count == 1


def test_an_error_inside_an_apply_is_not_lost() -> None:
    def fail(_: str) -> str:
        raise LookupError("inside an apply")

    def program() -> None:
        bucket = aws.s3.Bucket("first")
        _ = aws.s3.BucketPolicy("first", bucket=bucket.bucket, policy=bucket.arn.apply(fail))

    with pytest.raises(LookupError, match="inside an apply"):
        _ = run(program)


def test_configuration_exports_and_messages_reach_and_leave_the_program() -> None:
    def program() -> None:
        pulumi.export("greeting", pulumi.Config("shop").require("greeting"))
        pulumi.log.warn("mind the step")
        pulumi.log.debug("nobody reads this")

    graph = run(program, values={"shop:greeting": "hello"})
    assert graph.exports == {"greeting": "hello"}
    assert graph.messages == ("mind the step",)


def test_identifiers_and_arns_are_never_empty_and_tell_resources_apart(prod: Graph) -> None:
    custom = [resource for resource in prod if resource.custom]
    assert all(resource.id for resource in custom)
    assert len({resource.id for resource in custom}) == len(custom)
    arns = [str(resource.outputs["arn"]) for resource in custom if "arn" in resource.outputs]
    assert len(set(arns)) == len(arns) > 50
    assert all(arn.startswith("arn:aws:") for arn in arns)
    assert all(prod.by_id(resource.id) is resource for resource in custom)


def test_a_lookup_that_finds_nothing_says_what_there_is(prod: Graph) -> None:
    with pytest.raises(LookupError, match="names of this type: backend, frontend"):
        _ = prod.one("aws:ecs/service:Service", "fronted")
    with pytest.raises(LookupError, match="no resource has the id 'x'"):
        _ = prod.by_id("x")


def test_the_sdk_says_what_can_be_tagged_and_what_is_always_text() -> None:
    assert taggable("aws:ec2/vpc:Vpc")
    assert not taggable("aws:ec2/route:Route")
    assert not taggable("docker-build:index:Image")
    assert text_outputs("aws:ec2/vpc:Vpc")["default_route_table_id"] == "defaultRouteTableId"
    assert resource_class("pulumi:providers:aws") is aws.Provider
    with pytest.raises(UnknownTypeError, match="aws:ec2/moon:Moon"):
        _ = resource_class("aws:ec2/moon:Moon")


def test_another_application_is_deployed_in_place_of_the_built_in_one() -> None:
    application = built_in()
    services = {"database": application.services["database"]}
    graph = capture("prod", application=application.model_copy(update={"services": services}))
    assert graph.of_type("aws:ecs/service:Service") == ()
    assert built_in() == application


def test_a_program_that_tunes_the_collector_tunes_it_for_itself_alone() -> None:
    before = gc.get_threshold()

    def program() -> None:
        gc.freeze()
        gc.set_threshold(100_000, 50, 100)

    _ = run(program)
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)
