"""Everything that the bootstrap program makes in Elasticsearch and Kibana: its input, as one JSON document."""

from observability.description import Description
from observability.elasticsearch.lifecycles import lifecycle, lifecycle_name
from observability.elasticsearch.pipelines import pipelines
from observability.elasticsearch.roles import KIBANA_SYSTEM, USERS, roles, user_body
from observability.elasticsearch.templates import component_templates, index_template
from observability.json_types import Json
from observability.kibana.saved_objects import saved_objects


def content(description: Description) -> Json:
    """Kinds in the order in which they are made: each only names what was made before it."""
    return {
        "lifecycles": {lifecycle_name(item.name): lifecycle(item) for item in description.retention.values()},
        "pipelines": dict(pipelines(description.redactions, description.streams)),
        "component_templates": dict(component_templates()),
        "index_templates": {stream.name: index_template(stream) for stream in description.streams},
        "roles": dict(roles(description)),
        "users": {user.name: {"password": user.password, **user_body(user)} for user in USERS},
        "built_in_users": {KIBANA_SYSTEM.name: {"password": KIBANA_SYSTEM.password}},
        "saved_objects": list(saved_objects(description)),
    }
