#!/bin/sh
# The promises to programs that link the library: it exports exactly the functions of its header, the header is
# self-contained in C and C++, and the library's symbols show no I/O and no global state. Prints TAP.
# Usage: tests/cli/library.sh SHARED-LIBRARY STATIC-LIBRARY

# shellcheck disable=SC2317  # functions are called by check
set -u
shared=$(realpath -- "$1") static=$(realpath -- "$2")
header_folder=$(CDPATH='' cd -- "$(dirname -- "$0")/../../lib" && pwd) || exit 1
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

# ---------------------------------------------------------------------------------------------------------
# Symbols

# A declaration may span several lines; its name comes before the first parenthesis.
grep -v '^#' "$header_folder/softmax.h" | tr '\n' ' ' | grep -oE 'SM_API [^();]*\(' | sed -E 's/.*[ *]([a-z0-9_]+)\($/\1/' |
    sort >declared
# Symbols that linkers and compilers add do not count; the latter begin with a dot.
nm -D --defined-only "$shared" | awk '{ print $NF }' | grep -vxE '_init|_fini|_end|_edata|__bss_start|\..*' | sort >exported

check 'the header declares functions' [ "$(wc -l <declared)" -ge 30 ]
check 'the exported functions are the declared ones' diff declared exported
check 'every exported name begins with sm_' sh -c '! grep -v "^sm_" exported'

# The library does not print, exit, or read files or the environment.
nm -D --undefined-only "$shared" | awk '{ sub(/@.*/, "", $NF); print $NF }' | sort -u >needed
check 'it needs nothing that prints, ends the program, or reads files or the environment' sh -c \
    '! grep -xE "_*(v?[fsd]?n?printf(_chk)?|puts|fputs|putchar|putc|fwrite|perror|exit|_?Exit|quick_exit|abort|assert_fail|f?open(64)?|fread|read|write|(secure_)?getenv|setenv|rand|srand|time|signal|longjmp)" needed'

# No global state: the writable sections are empty. (Tables of pointers are in .data.rel.ro.)
objdump -t "$static" | grep -E '[[:space:]]\.(t?bss|t?data)(\.[^r][^[:space:]]*)?[[:space:]]' |
    awk '$1 ~ /^[0-9a-f]+$/ && $(NF - 1) !~ /^0+$/' >kept
check 'it has no variables that outlive a call' [ ! -s kept ]

# ---------------------------------------------------------------------------------------------------------
# The header

# alone COMPILER LANGUAGE STANDARD: a file that includes only the header compiles without a warning.
alone() {
    what="softmax.h alone, $1 -std=$3"
    if ! command -v "$1" >/dev/null; then
        skip "$what" "$1 is missing"
        return
    fi
    check "$what" "$1" -x "$2" "-std=$3" -Wall -Wextra -pedantic -Werror -fsyntax-only -I "$header_folder" alone.c
}
echo '#include "softmax.h"' >alone.c
for compiler in gcc clang; do alone $compiler c c11; done
for compiler in g++ clang++; do
    alone $compiler c++ c++11
    alone $compiler c++ c++17
done

cat >user.cc <<'C'
#include "softmax.h"
int main() { return sm_sigmoid(0) == 0.5 ? 0 : 1; }
C
links_from_cpp() {
    g++ -I "$header_folder" user.cc "$shared" "-Wl,-rpath,$(dirname "$shared")" -o user && ./user
}
if command -v g++ >/dev/null; then
    check 'a C++ program links it' links_from_cpp
else
    skip 'a C++ program links it' 'g++ is missing'
fi

finish
