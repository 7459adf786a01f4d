# Sourced: where `make run` keeps its data ($var).
#
# As root, PostgreSQL runs as postgres and the workers as www-data; a checkout
# below a directory that they may not enter (/root) can't hold their data.

var=$root/var

if [ "$(id -u)" = 0 ]; then
    for place_user in postgres www-data; do
        if id "$place_user" >/dev/null 2>&1 \
            && ! run_as "$place_user" test -x "$root"
        then
            var=/var/tmp/ngx-chat-$(printf '%s' "$root" | sha256sum | cut -c 1-8)
        fi
    done
fi
