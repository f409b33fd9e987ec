#!/bin/sh
# taskrunner wrapper
#
# Runs the version of taskrunner that this project has agreed on, and installs it where it is missing.
# Needs Python 3.11 or newer with pip or venv, or uv. Commit this file; `taskrunner wrapper` writes a newer one.
#
# TASKRUNNER_WRAPPER_CACHE  where versions are kept [default: ~/.taskrunner/versions]
# TASKRUNNER_WHEEL          another place of the same wheel: a path or a URL, such as that of a mirror
#
# Everything is in braces, so that a shell reads the whole script before it runs any of it.
{
set -eu

version=@VERSION@
wheel=@WHEEL@
sha256=@SHA256@

here=$(cd "$(dirname "$0")" && pwd)
cache=${TASKRUNNER_WRAPPER_CACHE:-${TASKRUNNER_HOME:-$HOME/.taskrunner}/versions}

fail() {
    printf '%s\n' "taskrunner wrapper: $*" >&2
    exit 125
}

# Prints the first Python from 3.11 on.
find_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    command -v uv >/dev/null 2>&1 || return 1
    uv python find '>=3.11' 2>/dev/null && return
    printf '%s\n' "There is no Python 3.11 or newer here: uv gets one, once for this machine..." >&2
    uv python install 3.13 >&2 && uv python find '>=3.11'
}

without_python() {
    command -v uv >/dev/null 2>&1 || fail "Python 3.11 or newer is needed, or uv, and neither is on the PATH."
    fail "there is no Python 3.11 or newer on the PATH, and uv could not get one; see above. Install Python, or" \
        "let uv reach what it downloads Python from (UV_PYTHON_INSTALL_MIRROR names a mirror)."
}

# Copies the wheel to a file: fetch SOURCE FILE.
fetch() {
    case $1 in
        https://* | http://127.0.0.1:* | http://localhost:*)
            "$python" -I -c '
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=60) as answer, open(sys.argv[2], "wb") as file:
    file.write(answer.read())
' "$1" "$2" || fail "$1 could not be downloaded." ;;
        *://*) fail "$1 is not fetched: only https:// is, and paths." ;;
        /*) cp "$1" "$2" || fail "$1 could not be read." ;;
        *) cp "$here/$1" "$2" || fail "$here/$1 could not be read." ;;
    esac
}

# Prints a Python that has pip: the one that was found, or else an environment of its, which brings one along.
find_pip() {
    if "$python" -P -m pip --version >/dev/null 2>&1; then
        printf '%s\n' "$python"
    else
        "$python" -P -m venv "$1" >/dev/null 2>&1 && printf '%s\n' "$1/bin/python"
    fi
}

# Installs a wheel and what it needs into a folder: install FILE FOLDER.
install() {
    if command -v uv >/dev/null 2>&1; then
        uv pip install --quiet --python "$python" --target "$2" "$1" >&2
    elif with_pip=$(find_pip "${2%/*}/pip"); then
        "$with_pip" -P -m pip install --quiet --disable-pip-version-check --no-input --root-user-action=ignore \
            --target "$2" "$1" >&2
    else
        fail "neither uv nor one of Python's modules pip and venv is there (Debian: python3-venv)."
    fi || fail "the installation failed; see above."
}

python=$(find_python) || without_python
# Prints where this version is kept for this Python; fails where somebody else may have put it there.
find_installed() {
    "$python" -I -c '
import os, sys, sysconfig
cache, version, sha256 = sys.argv[1:]
installed = f"{cache}/{version}-{sha256[:12]}-{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
print(installed)
if os.path.isdir(installed):
    found = os.stat(installed)
    sys.exit(found.st_uid not in (0, os.geteuid()) or found.st_mode & 0o022)
' "$cache" "$version" "$sha256"
}

installed=$(find_installed) || fail "$installed belongs to another user, or others may write to it: delete it."

if [ ! -d "$installed" ]; then
    printf '%s\n' "Installing taskrunner $version, once for this machine..." >&2
    # As everything in this folder: for its owner alone.
    usual=$(umask)
    umask 077
    mkdir -p "$cache"
    # In a folder of its own until it is whole: several projects may be started at once.
    unfinished=$(mktemp -d "$cache/unfinished.XXXXXX")
    trap 'rm -rf "$unfinished"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    source=${TASKRUNNER_WHEEL:-$wheel}
    file=$unfinished/$(basename "$wheel")
    fetch "$source" "$file"
    found=$("$python" -I -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$file")
    [ "$found" = "$sha256" ] ||
        fail "$source is not the wheel that this project agreed on: its SHA-256 is $found, not $sha256."
    install "$file" "$unfinished/packages"
    # Where another run was faster, its folder stays.
    mv "$unfinished/packages" "$installed" 2>/dev/null || [ -d "$installed" ] || fail "$installed cannot be written."
    rm -rf "$unfinished"
    trap - EXIT INT TERM
    umask "$usual"
fi

PYTHONPATH=$installed${PYTHONPATH:+:$PYTHONPATH}
export PYTHONPATH
# -P: a project's own folder must not be taken for a part of the program.
exec "$python" -P -m taskrunner "$@"
}
