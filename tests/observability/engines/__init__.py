"""Real engines for tests: fetched once into .tools/engines, started on loopback, ended by their process id."""
