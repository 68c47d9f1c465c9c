"""Where a resource's findings are in Security Hub's own console."""

from urllib.parse import quote

_CONSOLES = {
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-cn": "console.amazonaws.cn",
}
_AWS = "console.aws.amazon.com"


def console(region: str, resource: str, *, partition: str = "aws") -> str:
    """Security Hub's list of the findings of a resource, in a Region; '' where the Region is no name of one."""
    if not region.replace("-", "").isalnum() or not region.isascii():
        return ""
    host = _CONSOLES.get(partition, _AWS)
    # The console reads its search from the fragment, each part quoted twice: ResourceId, EQUALS, the id.
    value = quote(f"\\operator\\:EQUALS\\:{resource}", safe="", errors="replace")
    search = quote(f"ResourceId={value}", safe="", errors="replace")
    return f"https://{region}.{host}/securityhub/home?region={region}#/findings?search={search}"


def partition_of(resource: str) -> str:
    """The partition that an ARN names; `aws` for anything else."""
    parts = resource.split(":", 2)
    return parts[1] if len(parts) > 1 and parts[0] == "arn" and parts[1] in _CONSOLES else "aws"
