"""What Grafana is provisioned with: data sources and dashboards; pure functions of the description."""
