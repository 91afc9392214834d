"""What Prometheus, Alertmanager and the blackbox exporter are told; pure functions of the description."""
