"""What Fluent Bit is told; pure functions of the description."""
