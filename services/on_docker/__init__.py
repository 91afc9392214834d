"""The application on a Docker engine: the stack for development."""
