"""The benchmark compares like with like."""

import runpy
from pathlib import Path

from graph.resource import Graph
from graph.run import record
from graph.stack_file import StackConfig
from tests.bench.flat import differences, flat_program


def test_the_flat_program_declares_the_same_resources_without_components(prod: Graph, tmp_path: Path) -> None:
    program = tmp_path / "flat.py"
    _ = program.write_text(flat_program(prod, tuned=False))
    flat = record(lambda: runpy.run_path(str(program)), StackConfig(project="infra", stack="flat", values={}))
    assert {item.type for item in flat if not item.custom} == {"pulumi:pulumi:Stack"}
    assert sum(item.custom for item in flat) == sum(item.custom for item in prod)
    assert differences(prod, flat) == []


def test_a_flat_program_that_lacks_something_is_told_apart(prod: Graph) -> None:
    kept = [item for item in prod if item.type != "aws:ec2/flowLog:FlowLog"]
    without = Graph(kept, prod.exports, prod.secret_exports, (), ())
    assert differences(prod, without) == ["aws:ec2/flowLog:FlowLog network"]
