"""What the command of a database says, in RDS' words."""

import pytest

from components.engines import ENGINES
from services.database.service import database
from services.model import Service
from services.on_aws.managed_parameters import parameters_of

POSTGRES = ENGINES["postgres"]


@pytest.mark.parametrize(
    ("command", "parameters"),
    [
        ((), {}),
        (("postgres",), {}),
        (("postgres", "-c", "log_connections=on"), {"log_connections": "1"}),
        (("-clog_disconnections=OFF",), {"log_disconnections": "0"}),
        (("postgres", "--log-min-duration-statement=250"), {"log_min_duration_statement": "250"}),
        (("-c", "log_temp_files=-1", "--log_lock_waits=yes"), {"log_temp_files": "-1", "log_lock_waits": "1"}),
        (("-c", "log_connections=on", "-c", "log_connections=off"), {"log_connections": "0"}),
    ],
)
def test_every_form_of_an_option_is_a_parameter(command: tuple[str, ...], parameters: dict[str, str]) -> None:
    assert parameters_of(Service(image="postgres:17", command=command), POSTGRES) == parameters


def test_rds_is_told_what_the_container_is_told() -> None:
    assert parameters_of(database(), POSTGRES) == {
        "log_connections": "1",
        "log_disconnections": "1",
        "log_min_duration_statement": "1000",
        "log_parameter_max_length": "0",
    }
