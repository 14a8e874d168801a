#!/bin/sh
# The report in a browser: Debian's chromium, driven by playwright-core. Prints TAP.
# Usage: tests/browser/run.sh PROGRAM    Saves pictures of the page in tests/browser/screenshots/.
# MNIST_TEST_BROWSER=no skips the tests; =yes makes them fail, instead of being skipped, if a required program is
# missing.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
install="apt-get install chromium nodejs npm && npm ci --prefix tests/browser"

skip() {
    echo "1..1"
    echo "ok 1 - the report in a browser # SKIP $1"
    exit 0
}

missing() {
    [ "${MNIST_TEST_BROWSER-}" = yes ] || skip "$1 is missing: $install"
    echo "1..1"
    echo "not ok 1 - the report in a browser: $1 is missing: $install"
    exit 1
}

[ "${MNIST_TEST_BROWSER-}" != no ] || skip "left out by --no-browser"
command -v node >/dev/null || missing node
command -v "${CHROMIUM:-chromium}" >/dev/null || missing chromium
[ -d "$here/node_modules/axe-core" ] || missing tests/browser/node_modules
CHROMIUM=$(command -v "${CHROMIUM:-chromium}") exec node "$here/report.mjs" "$1" "$here/screenshots"
