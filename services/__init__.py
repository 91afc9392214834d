"""What runs: the Compose model, its two targets, one folder a service."""
