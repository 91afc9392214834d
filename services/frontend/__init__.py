"""The page and the reverse proxy."""
