#!/bin/sh
# Installs taskrunner into a private environment of this checkout and runs its first task.
# Needs Python 3.11 or newer. Starts a Docker Engine if none answers (see .ci/engine), and leaves it on.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=.ci/lib.sh
. "$root/.ci/lib.sh"

hello_image() {
    "$venv/bin/python" "$root/.ci/hello_image.py"
}

unset PYTHONDONTWRITEBYTECODE
installed=$(cd "$root" && checksum pyproject.toml README.md docs/LICENSE taskrunner telemetry)
environment quickstart "$installed" "$root"

use_docker_context
"$root/.ci/engine"

# Without a registry, the image is made from the machine's own busybox.
image=$(hello_image 2>/dev/null) || {
    need_packages busybox-static
    image=$(hello_image)
}

say "Running the task hello of docs/examples/hello in $image:"
cd "$root/docs/examples/hello"
exec "$venv/bin/taskrunner" run --output quiet --override-image "shell=$image" hello
