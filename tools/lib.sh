# Sourced by the scripts beside it: where things are, how to say and to stop.

set -eu

root=$(cd "$(dirname "$0")/.." && pwd -P)
build=${BUILD:-$root/build}
pg_bin=${PG_BIN:-/usr/lib/postgresql/15/bin}
nginx_bin=${NGINX:-/usr/sbin/nginx}

say() {
    printf '%s\n' "$*"
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# runs a command as the named system user when we are root, else as we are
run_as() {
    run_as_user=$1
    shift
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid="$run_as_user" --regid="$run_as_user" \
            --clear-groups "$@"
    else
        "$@"
    fi
}

# true when the process of a pid file lives and its command has the given word
alive() {
    [ -s "$1" ] || return 1
    alive_pid=$(head -n 1 "$1")
    [ -r "/proc/$alive_pid/cmdline" ] || return 1
    tr '\0' ' ' < "/proc/$alive_pid/cmdline" | grep -q -- "$2"
}

# waits up to $1 tenths of a second for a command to succeed
wait_for() {
    wait_left=$1
    shift
    until "$@" >/dev/null 2>&1; do
        wait_left=$((wait_left - 1))
        [ "$wait_left" -gt 0 ] || return 1
        sleep 0.1
    done
}

# true when something listens on the TCP port of the loopback address
port_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
