"""The Docker Engine API: an own small client for the path of every run, docker-py where it serves better."""
