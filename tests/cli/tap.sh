# Helpers to be sourced by the tests of the command line: TAP, a folder for temporary files, and functions that run the
# program. Sets $program, $root, $tmp and $tool.
# Usage of the tests: NAME.sh [PROGRAM]; the default is the ./mnist that scripts/setup leaves.
# shellcheck shell=sh disable=SC2034

export LC_ALL=C
unset MNIST_DATA MNIST_ISA COLUMNS

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
program=${1:-$root/mnist}
case $program in
/*) ;;
*) program=$PWD/$program ;;
esac
real=$root/datasets/mnist
tool=$root/tests/cli/tool.py

tmp=$(mktemp -d "${TMPDIR:-/tmp}/mnist-cli-test.XXXXXX") || exit 1
started=
# shellcheck disable=SC2317  # called by the traps
clean_up() {
    [ -z "$started" ] || kill "$started" 2>/dev/null
    rm -rf -- "$tmp"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cd "$tmp" || exit 1

count=0
failures=0
status=0
: >"$tmp/out"
: >"$tmp/err"

# check TITLE COMMAND...: one check, which passes if COMMAND succeeds.
check() {
    title=$1
    shift
    count=$((count + 1))
    if "$@" >"$tmp/check" 2>&1; then
        echo "ok $count - $title"
        return
    fi
    failures=$((failures + 1))
    echo "not ok $count - $title"
    echo "# failed: $*"
    echo "# the last exit status was $status"
    head -n 20 "$tmp/check" | sed 's/^/# check: /'
    head -n 20 "$tmp/out" | cut -c 1-300 | sed 's/^/# out: /'
    head -n 20 "$tmp/err" | cut -c 1-300 | sed 's/^/# err: /'
}

skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# run ARGUMENT...: runs the program, with its output in $tmp/out and $tmp/err and its exit status in $status.
run() {
    "$program" "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
}

exit_is() { [ "$status" -eq "$1" ]; }
silent() { [ ! -s "$tmp/out" ] && [ ! -s "$tmp/err" ]; }
out_has() { grep -q -- "$1" "$tmp/out"; }
err_has() { grep -q -F -- "$1" "$tmp/err"; }
same() { cmp -- "$1" "$2"; }
differ() { ! cmp -s -- "$1" "$2"; }

# holds EXPRESSION: whether an arithmetic comparison of any numbers is true.
holds() { awk "BEGIN { exit !($1) }"; }

# near A B TOLERANCE: whether A and B agree to a tolerance relative to B.
near() { holds "($1) - ($2) <= ($3) * ($2) && ($2) - ($1) <= ($3) * ($2)"; }

finish() {
    echo "1..$count"
    [ "$failures" -eq 0 ]
    exit
}

if [ ! -x "$program" ]; then
    echo "Bail out! $program is not there; build it first"
    exit 1
fi
