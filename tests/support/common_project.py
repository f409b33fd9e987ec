"""What journeys on several engines and builders have in common: containers, and a Dockerfile."""

__all__ = ["COMMON_CONTAINERS", "SECRETIVE_DOCKERFILE"]

COMMON_CONTAINERS = """\
containers:
  db:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: test -e /ready, interval: 1s}
    setup_commands: [{command: touch /code/set-up}]
    volumes: [".:/code"]
    entrypoint: sh -c 'sleep 0.2; touch /ready; exec "$@"' sh
  app:
    image: taskrunner-test/busybox:1
    working_directory: /code
    volumes: [".:/code"]
    dependencies: [db]
  me:
    image: taskrunner-test/busybox:1
    working_directory: /code
    run_as_current_user: {enabled: true, home_directory: /home/me}
    volumes: [".:/code", {type: cache, name: things, container: /cache}]
  sick:
    image: taskrunner-test/busybox:1
    command: sleep 600
    health_check: {command: echo no good; false, interval: 100ms, retries: 2}
  patient: {image: taskrunner-test/busybox:1, dependencies: [sick]}
"""
"""The beginning of a config: a dependency, a user, and a container that never gets healthy."""

SECRETIVE_DOCKERFILE = """\
FROM taskrunner-test/busybox:1 AS first
ENV UNIQUE=nothing
ARG WORD
RUN --mount=type=secret,id=token --mount=type=secret,id=file \\
    cat /run/secrets/token /run/secrets/file > /told && echo $WORD >> /told
FROM first AS second
RUN --mount=type=cache,target=/cache echo cached >> /cache/x && echo noise
FROM second
RUN false
"""
"""Its second stage has used secrets and a cache mount; its third cannot be built."""
