"""Tests of the backend: on a real PostgreSQL, through a real server."""
