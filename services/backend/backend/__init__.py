"""The API of the built-in application."""
