"""Logging and monitoring as services of the same model."""
