"""Brings a stack up on this machine: the real Pulumi engine, moto as the cloud, nothing that is not loopback."""
