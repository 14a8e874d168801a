#!/bin/sh
# The manual is complete and current: it lists exactly the existing commands, options, variables and functions.
# Prints TAP.
# Usage: tests/cli/manual.sh PROGRAM FOLDER-OF-PAGES

# shellcheck disable=SC2317  # functions are called by check
set -u
pages=$(realpath -- "$2")
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

# section NAME PAGE: the roff lines of a section, without fonts.
section() {
    sed -n "/^\.SH $1\$/,/^\.SH/p" "$2" | sed 's/\\f[BIR]//g'
}
options_of_help() { "$program" "$1" --help | grep -E '^  --' | sed -E 's/^  (--[^ ]+( [^ ]+)?).*/\1/' | sort; }
mentioned() { grep -oE -- '--[a-z][a-z0-9-]*' "$1" | sort -u; }

"$program" --help | awk '/^  [a-z]/ { print $1 }' | sort >commands
find "$pages" -name 'mnist-*.1' | sed 's,.*/mnist-,,; s/\.1$//' | sort >paged
check 'there is a page for each command, and no other' diff commands paged
sed -n 's/^\\fBmnist-\([a-z]*\)\\fR(1)$/\1/p' "$pages/mnist.1" | sort -u >listed
check 'mnist(1) lists the commands' diff commands listed

: >all-options
while read -r command; do
    page=$pages/mnist-$command.1
    options_of_help "$command" >options
    cat options >>all-options
    section OPTIONS "$page" | grep -E '^--' | sort >documented
    check "mnist-$command(1) has every option of its help, and no other" diff options documented
    # The paragraphs below the options.
    COLUMNS=100000 "$program" "$command" --help | awk 'NF == 0 { n++; next } n == 2' >notes
    sed 's/\\&//g; s/\\\(.\)/\1/g' "$page" | grep -xFf notes | sort >told
    sort notes -o notes
    check "mnist-$command(1) has the notes of its help" diff notes told
done <commands

{ cut -d ' ' -f 1 all-options; echo --version; echo --cflags; echo --libs; } | sort -u >names
for page in "$pages"/*.[13]; do
    mentioned "$page" | comm -13 names - >unknown
    check "$(basename "$page") mentions only existing options" diff unknown /dev/null
done

grep -rhoE 'getenv\("[A-Z_]+"\)' "$root/app" "$root/lib" | sed -E 's/.*"(.*)".*/\1/' | sort -u >variables
section ENVIRONMENT "$pages/mnist.1" | grep -oE '\b[A-Z]+(_[A-Z]+)*\b' | sort -u >told
comm -23 variables told >missing
check 'mnist(1) has every variable that the program reads' diff missing /dev/null

grep -v '^#' "$root/lib/softmax.h" | tr '\n' ' ' | grep -oE 'SM_API [^();]*\(' | sed -E 's/.*[ *]([a-z0-9_]+)\($/\1/' |
    sort >declared
section FUNCTIONS "$pages/libsoftmax.3" | grep -oE 'sm_[a-z0-9_]+\(\)' | tr -d '()' | sort >documented
check 'libsoftmax(3) has every function of the header once, and no other' diff declared documented

if man --version 2>/dev/null | grep -q '^man 2'; then
    for page in "$pages"/*.[13]; do
        LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$page" 2>warnings >/dev/null
        check "$(basename "$page"): no warnings from man" [ ! -s warnings ]
    done
else
    skip 'no warnings from man' 'man-db is missing'
fi

finish
