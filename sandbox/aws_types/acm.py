"""ACM: certificates and the wait for their validation."""

from dataclasses import replace
from typing import Any, Final, cast

from sandbox.aws_types.base import AwsType, Call, Read, Wait, tag_calls
from sandbox.aws_types.templates import Context
from sandbox.plugin import Props

_CERTIFICATE: Final = Read(
    operation="DescribeCertificate", params={"CertificateArn": "{certificateArn}"}, item="Certificate"
)


def _alternative_names(context: Context) -> Any:
    """The names beside the domain: AWS counts the domain itself among them."""
    item = cast(Props, context.lookup("item"))
    declared = cast(list[str], context.get("subjectAlternativeNames") or [])
    return [n for n in item.get("SubjectAlternativeNames", ()) if n in declared or n != item["DomainName"]]


def _untag(context: Context) -> list[Props]:
    return [{"Key": key} for key in cast(list[str], context.lookup("keys"))]


CERTIFICATE: Final = AwsType(
    token="aws:acm/certificate:Certificate",
    service="acm",
    create=Call(operation="RequestCertificate"),
    id="CertificateArn",
    read=Read(
        operation="DescribeCertificate",
        params={"CertificateArn": "{id}"},
        item="Certificate",
        values={"subjectAlternativeNames": _alternative_names},
    ),
    gone=("ResourceNotFoundException",),
    setters=(Call(operation="UpdateCertificateOptions", params={"CertificateArn": "{id}"}, on_create=False),),
    # The proof of ownership appears some time after the request.
    wait=Wait(
        read=Read(operation="DescribeCertificate", params={"CertificateArn": "{id}"}, item="Certificate"),
        until="Type!='AMAZON_ISSUED' || DomainValidationOptions[0].[ResourceRecord, ValidationEmails][?@] | [0]",
        fails="Status=='FAILED'",
    ),
    delete=(Call(operation="DeleteCertificate", params={"CertificateArn": "{id}"}),),
    tags=replace(
        tag_calls(
            "AddTagsToCertificate",
            "RemoveTagsFromCertificate",
            "CertificateArn",
            resource="{id}",
            read=Read(operation="ListTagsForCertificate", params={"CertificateArn": "{id}"}, item="Tags"),
        ),
        untag=Call(operation="RemoveTagsFromCertificate", params={"CertificateArn": "{id}", "Tags": _untag}),
    ),
    outputs={
        "arn": "{id}",
        "status": "Status",
        "domainValidationOptions": (
            "DomainValidationOptions[].{domainName: DomainName, resourceRecordName: ResourceRecord.Name, "
            "resourceRecordType: ResourceRecord.Type, resourceRecordValue: ResourceRecord.Value}"
        ),
    },
    read_after=True,
)

CERTIFICATE_VALIDATION: Final = AwsType(
    token="aws:acm/certificateValidation:CertificateValidation",
    service="acm",
    # Nothing in AWS: the resource is there when the certificate is issued.
    create=Call(operation="DescribeCertificate", item="Certificate"),
    id="CertificateArn",
    read=Read(
        operation="DescribeCertificate",
        params={"CertificateArn": "{certificateArn}"},
        item="[Certificate] | [?Status=='ISSUED'] | [0]",
        shape="Certificate",
    ),
    gone=("ResourceNotFoundException",),
    unsent={"validationRecordFqdns": "Pulumi's own: the wait comes after these records"},
    wait=Wait(
        read=_CERTIFICATE,
        until="Status=='ISSUED'",
        fails="contains(['FAILED', 'REVOKED', 'EXPIRED', 'VALIDATION_TIMED_OUT'], Status)",
        timeout_seconds=120,
    ),
)

TYPES: Final = (CERTIFICATE, CERTIFICATE_VALIDATION)
