"""Development tasks declared in YAML, each run in containers on a Docker Engine."""
