"""The alert rules. Conditions hold for every service at once: a new service is watched without a further line."""

from observability.alerts.logging import LOGGING
from observability.alerts.machines import DATABASE, RESOURCES
from observability.alerts.services import AVAILABILITY, REQUESTS
from observability.description import Alert

ALERTS: tuple[Alert, ...] = AVAILABILITY + REQUESTS + RESOURCES + DATABASE + LOGGING
