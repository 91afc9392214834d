"""The API and its migration job."""
