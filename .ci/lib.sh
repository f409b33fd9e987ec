# shellcheck shell=sh
# What the project's scripts share: private environments and Debian packages. To be sourced, with
# `root` set to the checkout. Everything is kept in the checkout's .cache/, which git ignores.

cache=${root:?}/.cache

say() {
    printf '%s\n' "$*"
}

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Runs a command silently; where it fails, shows the end of what it said: quietly NAME COMMAND...
quietly() {
    said=$cache/$1.log
    shift
    mkdir -p "$cache"
    "$@" >"$said" 2>&1 </dev/null || {
        tail -n 20 "$said" >&2
        fail "This failed: $*; all of its output is in $said."
    }
}

# Debian, Ubuntu, and what is made from them.
is_root_on_debian() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v dpkg-query >/dev/null
}

# Installs Debian packages that are missing; fails with one sentence where that cannot be done.
# On other systems nothing is known about packages: what is missing is said where it is needed.
need_packages() {
    command -v dpkg-query >/dev/null || return 0
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    is_root_on_debian || fail "Missing Debian packages:$missing. Install them as root, and try again."
    say "Installing Debian packages:$missing ..."
    quietly apt apt-get -q -o DPkg::Lock::Timeout=60 update
    # In run level 1 no package starts a service (invoke-rc.d(8)): tests start their own.
    # shellcheck disable=SC2086 # a list of names
    quietly apt env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -y \
        -o DPkg::Lock::Timeout=60 install --no-install-recommends $missing
}

# Prints the first Python from 3.11 on that is there and that can do what is asked for.
python_that_can() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c "import sys; assert sys.version_info >= (3, 11); $1" 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# Sets `python` to one that can make environments. Debian packs that ability apart from Python itself.
find_python() {
    python=$(python_that_can 'import ensurepip, venv') && return
    python_that_can pass >/dev/null || fail "Python 3.11 or newer is needed, and none is on the PATH."
    is_root_on_debian || fail "Python's module venv is missing: install the package python3-venv."
    need_packages python3-venv
    python=$(python_that_can 'import ensurepip, venv') ||
        fail "Python's module venv is missing, also after the package python3-venv was installed."
}

# Installs into the environment .cache/NAME, which is made if need be: environment NAME KEY ARGUMENTS...
# Does nothing where the last time had the same key. Sets `venv`.
environment() {
    if begin_environment "$1" "$*"; then return; fi
    shift 2
    install_packages "$@"
    end_environment
}

# Installs the checkout with exactly the packages of .ci/locked/NAME.txt into the environment .cache/NAME. Each of
# their files has to have a hash that stands there. Sets `venv`.
locked_environment() {
    lock=$root/.ci/locked/$1.txt
    if begin_environment "$1" "$(checksum "$lock" "$root/pyproject.toml")"; then return; fi
    install_packages --require-hashes --no-deps --requirement "$lock"
    # What builds the checkout is among the packages, so nothing else is fetched for it.
    install_packages --no-index --no-deps --no-build-isolation --editable "$root"
    end_environment
}

# Succeeds where the environment is what it was under the same key; else makes it ready to be installed into.
begin_environment() {
    venv=$cache/$1
    # An environment knows its own path: a checkout that was moved needs new ones.
    key="$root $2"
    if [ "$(cat "$venv/installed" 2>/dev/null)" = "$key" ] && "$venv/bin/python" -c '' 2>/dev/null; then
        return 0
    fi
    find_python
    say "Installing into $venv ..."
    rm -f "$venv/installed"
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || quietly venv "$python" -m venv --clear "$venv"
    # Groups of dependencies are known to pip from 25.1 on.
    quietly pip "$venv/bin/python" -m pip install --upgrade 'pip>=25.1'
    return 1
}

install_packages() {
    quietly pip "$venv/bin/python" -m pip install "$@"
}

end_environment() {
    printf '%s' "$key" >"$venv/installed"
}

# Prints a checksum of files and of everything below folders, but for what Python and tools leave there.
checksum() {
    find "$@" -type f ! -name '*.py[co]' -exec cksum {} + | LC_ALL=C sort | cksum
}

# Lets DOCKER_HOST name the engine of Docker's current context where the usual socket is not there,
# as with Colima or Rancher Desktop: docker-py does not know contexts.
use_docker_context() {
    [ -z "${DOCKER_HOST:-}" ] && [ ! -S /var/run/docker.sock ] && command -v docker >/dev/null || return 0
    context=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null) || return 0
    [ "$context" = unix:///var/run/docker.sock ] || export DOCKER_HOST="$context"
}
