"""A Docker engine of our own, out of Debian's packages: for the tests, on a machine that has none.

Nothing is installed: the packages are unpacked below `.tools/docker`, and the engine keeps its images, sockets and
bridge there too. It needs root, `apt-get`, `dpkg-deb`, `perl` and `ip`. What stays on the machine after its end are the
engine's own, empty iptables chains.

    python -m tools.docker_engine run     # until Ctrl-C; prints the DOCKER_HOST to use
"""
