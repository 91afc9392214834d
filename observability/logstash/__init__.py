"""What Logstash is told; pure functions of the description."""
