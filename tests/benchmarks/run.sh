#!/bin/sh
# Times taskrunner beside its peers, from nothing; see docs/develop/performance.md.
#
#   sh tests/benchmarks/run.sh                          everything: about ten minutes on a quiet machine
#   sh tests/benchmarks/run.sh --only one --rounds 30   a part
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=.ci/lib.sh
. "$root/.ci/lib.sh"

cd "$root"
unset PYTHONDONTWRITEBYTECODE
# Not editable, as a person's installation: finders of editable ones take 20 ms at each start.
code=$(checksum pyproject.toml README.md docs/LICENSE taskrunner telemetry)
environment benchmarks "$code" "$root" rust-just go-task-bin
need_packages busybox-static docker-compose
use_docker_context
TASKRUNNER_ENGINE_OWNER="benchmarks-$$"
export TASKRUNNER_ENGINE_OWNER
trap '"$root/.ci/engine" stop >/dev/null' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$root/.ci/engine"
PYTHONPATH=$root "$venv/bin/python" -m tests.benchmarks.speed "$@"
