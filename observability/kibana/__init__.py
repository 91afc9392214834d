"""What Kibana is given: saved objects with fixed ids; pure functions of the description."""
