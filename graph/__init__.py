"""Runs the real program without a cloud and gives what it declares as typed resources.

`capture()` is for whoever reads the whole graph: tests, policies, cost, diagrams, the access report.
"""

from graph.capture import capture, record
from graph.mocks import Recorder, UnknownInvokeError
from graph.resource import Graph, Resource
from graph.stack_file import CANARY, StackConfig, StackFileError, read_stack

__all__ = [
    "CANARY",
    "Graph",
    "Recorder",
    "Resource",
    "StackConfig",
    "StackFileError",
    "UnknownInvokeError",
    "capture",
    "read_stack",
    "record",
]
