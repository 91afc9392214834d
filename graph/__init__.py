"""Runs the real program without a cloud and gives what it declares as typed resources.

`graph.capture.capture()` is for whoever reads the whole graph: tests, policies, cost, diagrams, the access report.
"""
