"""Fluent Bit: tails what Docker writes, buffers on disk, and posts to Logstash until it says yes.

The classic configuration format, which every version reads. A position database makes a restart go on where it was;
chunks lie on disk until they are delivered; a delivery is tried again for ever.
"""

from pathlib import Path
from typing import Final

from observability import producers
from observability.description import Description

PORT: Final = 2020
CONTAINERS: Final = "/var/lib/docker/containers"
STATE: Final = "/var/lib/fluent-bit"
SCRIPT: Final = "/fluent-bit/etc/line.lua"
PARSERS: Final = "/fluent-bit/etc/parsers.conf"
VARIABLES: Final = "/run/secrets/shipper-variables"
BUFFER_BYTES_LIMIT: Final = "4G"
"""The most that waits on disk while Logstash is away; beyond it the oldest lines are dropped, and an alert fires."""

CHUNKS_UP_LIMIT: Final = 48
"""The most chunks, of about 2 MB each, that lie in memory as well; by default they fill the container's."""

RETRY_SECONDS_LIMIT: Final = 15
"""The longest wait before a delivery is tried again; by default it grows to half an hour."""

_STATES: Final = (
    ("start_state", r"^Traceback \(most recent call last\):", "python"),
    ("start_state", r"^(?:Exception in thread |Uncaught )?[\w.$]*(?:Exception|Error|Throwable)(?:[:\s]|$)", "frames"),
    ("start_state", r"^panic: ", "go"),
    ("start_state", r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}", "dated"),
    ("dated", r"^[\t ]+\S", "dated"),
    ("dated", r"^Traceback \(most recent call last\):", "python"),
    ("dated", r"^[\w.$]+(?:Exception|Error|Throwable)(?:[:\s]|$)", "frames"),
    ("python", r"^[\t ]+", "python"),
    ("python", r"^(?:[^\s.():]+\.)*[^\s.():]+(?::|$)", "python_end"),
    ("python_end", r"^$", "python_chain"),
    ("python_chain", r"^(?:During handling of|The above exception)", "python_because"),
    ("python_because", r"^$", "python_next"),
    ("python_next", r"^Traceback \(most recent call last\):", "python"),
    ("frames", r"^[\t ]+\S", "frames"),
    ("frames", r"^[\t ]*(?:Caused by|Suppressed): ", "frames"),
    ("go", r"^$", "go"),
    ("go", r"^(?:\[signal |goroutine \d+ |created by |[\w.()*/-]+\(.*\)$|[\t ])", "go"),
)
"""From a state, a line that looks so belongs to the line before it: stack traces of Python, Java, Node and Go, and
the further lines of a dated line, as PostgreSQL writes them. One parser: of several, a second takes the last line."""


def configuration(
    description: Description,
    *,
    logstash: str,
    port: int,
    ca_file: str,
    containers: str = CONTAINERS,
    state: str = STATE,
    script: str = SCRIPT,
    parsers: str = PARSERS,
    listen: str = "0.0.0.0",  # noqa: S104  # inside its container
    metrics_port: int = PORT,
    variables: str = VARIABLES,
) -> str:
    """`fluent-bit.conf`. The password for Logstash is SHIPPER_PASSWORD, which the file `variables` sets."""
    return f"""\
@INCLUDE {variables}

[SERVICE]
    Flush                     1
    Grace                     5
    scheduler.base            1
    scheduler.cap             {RETRY_SECONDS_LIMIT}
    Log_Level                 info
    Parsers_File              {parsers}
    HTTP_Server               On
    Health_Check              On
    HTTP_Listen               {listen}
    HTTP_Port                 {metrics_port}
    storage.path              {state}/buffer
    storage.sync              full
    storage.checksum          On
    storage.max_chunks_up     {CHUNKS_UP_LIMIT}
    storage.backlog.mem_limit 32M
    storage.metrics           On

[INPUT]
    Name              tail
    Path              {containers}/*/*-json.log,{containers}/*/*-json.log.*
    Exclude_Path      *.gz
    Tag               docker.*
    Parser            docker
    Path_Key          path
    Offset_Key        offset
    DB                {state}/position.db
    DB.sync           normal
    Read_from_Head    On
    Refresh_Interval  2
    Rotate_Wait       30
    Buffer_Chunk_Size 64k
    Buffer_Max_Size   512k
    Skip_Long_Lines   On
    storage.type      filesystem

[FILTER]
    Name   lua
    Match  docker.*
    script {script}
    call   line

[FILTER]
    Name                    multiline
    Match                   docker.*
    multiline.key_content   message
    multiline.parser        joined
    buffer                  On
    flush_ms                1000
    emitter_name            joined
    emitter_storage.type    filesystem

[OUTPUT]
    Name                     http
    Match                    *
    Host                     {logstash}
    Port                     {port}
    URI                      /
    Format                   json
    Json_date_key            @timestamp
    Json_date_format         iso8601
    http_User                shipper
    http_Passwd              ${{SHIPPER_PASSWORD}}
    compress                 gzip
    tls                      On
    tls.verify               On
    tls.ca_file              {ca_file}
    Retry_Limit              False
    storage.total_limit_size {BUFFER_BYTES_LIMIT}
"""


def variables(password: str) -> str:
    """The file that sets the password for Logstash. The program reads a variable of its own; it knows no secret files.

    password: Letters and digits.
    """
    return f"@SET SHIPPER_PASSWORD={password}\n"


def parsers() -> str:
    """`parsers.conf`: Docker's own format, and what a line must look like to belong to the one before."""
    rules = "\n".join(f'    Rule          "{state}" "/{pattern}/" "{then}"' for state, pattern, then in _STATES)
    return f"""\
[PARSER]
    Name        docker
    Format      json
    Time_Key    time
    Time_Format %Y-%m-%dT%H:%M:%S.%L
    Time_Keep   Off

[MULTILINE_PARSER]
    Name          joined
    Type          regex
    Flush_Timeout 1000
{rules}
"""


def script(description: Description) -> str:
    """`line.lua`: what `line.lua` beside this module says, for the description's namespace."""
    text = Path(__file__).with_name("line.lua").read_text()
    return text.replace("@NAMESPACE@", description.namespace).replace("@OWN@", producers.FLUENT_BIT)
