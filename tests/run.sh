#!/bin/sh
# Runs the whole test suite, from nothing; arguments go to pytest, with paths as seen from the checkout.
#
#   sh tests/run.sh                          everything but the long tests
#   sh tests/run.sh --long                   those too
#   sh tests/run.sh tests/setup -k journey   a part
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=.ci/lib.sh
. "$root/.ci/lib.sh"

# Runs pytest, shows what it says, and keeps its log and its exit code.
run_tests() {
    # Most tests wait for an engine or a process most of the time: two a core keep the machine busy.
    processes=${TASKRUNNER_TEST_PROCESSES:-$(($(getconf _NPROCESSORS_ONLN) * 2))}
    colour=no
    [ ! -t 1 ] || colour=yes
    rm -rf "$COVERAGE_FILE" "$COVERAGE_FILE".*
    mkdir -p "${COVERAGE_FILE%/*}"
    {
        status=0
        # A test that fails is made once more; how it failed is shown at the end, also where it passed then.
        "$venv/bin/coverage" run -m pytest --numprocesses="$processes" --reruns=1 --reruns-delay=2 --durations=20 \
            --color=$colour "$@" || status=$?
        printf '%s\n' "$status" >"$cache/tests.status"
    } | tee -i "$cache/tests.log"
}

# Shows the coverage of the tests' own process and of all that they started.
report_coverage() {
    "$venv/bin/coverage" combine --quiet || return 0
    # What a process was writing when a test killed it cannot be read, and was said to be so once.
    rm -f "$COVERAGE_FILE".*
    "$venv/bin/coverage" report || say "The coverage could not be reported."
}

# Whether only tests of single modules and of properties are asked for, which need little besides Python.
needs_little() {
    [ $# -gt 0 ] || return 1
    paths=
    for word in "$@"; do
        case $word in
            tests/unit* | tests/property*) paths=yes ;;
            -*) ;;
            *) return 1 ;;
        esac
    done
    [ -n "$paths" ]
}

# Installs what tests look at the program with, and makes sure that an engine answers.
prepare() {
    # Images come from busybox, registries of tests from docker-registry, their passwords from apache2-utils.
    # Completion is tried in the shells that it is for.
    need_packages busybox-static docker-registry apache2-utils zsh fish make git
    # An engine is behind TLS by openssl and socat, and behind ssh by its server.
    need_packages openssl socat openssh-client openssh-server
    # The live display is looked at in a terminal emulator, pages in a browser.
    need_packages tmux chromium
    # Each test process has a PostgreSQL of its own; a proxy before the collector is nginx or Caddy.
    need_packages postgresql sqlite3 nginx-light caddy wrk
    # A slow disk is a folder that is mounted again through FUSE.
    need_packages libfuse2
    # The clock of a run is made to jump.
    need_packages faketime
    # The health check of an example is the image's own wget, for which this machine's stands in.
    need_packages wget
    # The commonest journeys are made on Podman, too.
    need_packages podman netavark aardvark-dns runc
    # The examples are run with the languages that they are for. Other packages of Node.js than Debian's bring npm along.
    npm=
    command -v npm >/dev/null || npm="nodejs npm"
    # shellcheck disable=SC2086 # a list of names
    need_packages golang-go default-jdk-headless maven junit5 libsurefire-java libmaven-compiler-plugin-java \
        libmaven-jar-plugin-java libmaven-resources-plugin-java $npm
    # And on an engine that is newer than the system's. Where none can be had, that is said again at the end.
    "$root/.ci/newer-engine" || true
    # An engine that is started here ends here, unless a script around this one owns it.
    if [ -z "${TASKRUNNER_ENGINE_OWNER:-}" ]; then
        export TASKRUNNER_ENGINE_OWNER="tests-$$"
        trap '"$root/.ci/engine" stop >/dev/null' EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM
    fi
    use_docker_context
    "$root/.ci/engine"
}

cd "$root"
export COVERAGE_FILE="$cache/coverage/data"
# Tests start the program hundreds of times: without compiled modules each start takes twice as long.
unset PYTHONDONTWRITEBYTECODE

locked_environment tests
if needs_little "$@"; then
    need_packages git make openssl openssh-client
else
    prepare
fi

run_tests "$@"
report_coverage
[ ! -f "$cache/newer-engine/missing" ] ||
    say "NOT TESTED with a newer engine: $(cat "$cache/newer-engine/missing")"
# The last line is pytest's own summary: it is what a reader, and a CI system, looks for there.
tail -n 1 "$cache/tests.log"
exit "$(cat "$cache/tests.status")"
