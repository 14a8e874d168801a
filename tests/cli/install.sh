#!/bin/sh
# The result of `meson install`: a program and its data, and a library that others find with pkg-config or use as a
# subproject. Uninstalling leaves nothing. Prints TAP.
# Usage: tests/cli/install.sh PROGRAM BUILD-FOLDER COMPILER [ARGUMENT ...]

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"
build=$2
shift 2
user=$root/tests/cli/linking/user.c
expected='ok: -3 is of class 0, 3 of class 1'

# Saves meson's log of an earlier installation of this build, so that it can still be uninstalled afterwards.
log=$build/meson-logs/install-log.txt
[ ! -f "$log" ] || cp "$log" log
restore_log() {
    if [ -f "$tmp/log" ]; then cp "$tmp/log" "$log"; else rm -f "$log"; fi
    clean_up
}
trap restore_log EXIT

check 'meson install' env DESTDIR="$tmp/root" meson install -C "$build" --no-rebuild
find root ! -type d | sort >installed

# place NAME: the folder of the only installed file with that name.
place() { dirname "$(grep "/$1\$" installed)"; }
bin=$(place bin/mnist) lib=$(place libsoftmax.a) data=$(place t10k-labels-idx1-ubyte.gz)

# ---------------------------------------------------------------------------------------------------------
# The program

run_installed() {
    (cd / && "$tmp/$bin/mnist" "$@") >out 2>err
    status=$?
}
run_installed train
check 'the installed program finds the installed data' err_has "${data#root};"
run_installed train --data "$tmp/$data" --output "$tmp/model" --max-iterations 3 --quiet
check 'it trains on the installed data' exit_is 0
run_installed eval --data "$tmp/$data" --output "$tmp/model"
check 'and scores what it trained' out_has '^accuracy  9[0-9]\.[0-9]* %'

for file in bash-completion/completions/mnist zsh/site-functions/_mnist fish/vendor_completions.d/mnist.fish; do
    check "completions: share/$file" grep -F "/share/$file" installed
done
if [ -f "$build/docs/man/mnist.1" ]; then
    for page in man1/mnist.1 man1/mnist-train.1 man3/libsoftmax.3; do
        check "manual: $page" grep -F "/man/$page" installed
    done
else
    skip 'manual' 'it was built without scdoc'
fi

# ---------------------------------------------------------------------------------------------------------
# The library

export PKG_CONFIG_SYSROOT_DIR="$tmp/root" PKG_CONFIG_LIBDIR="$tmp/$lib/pkgconfig"
# pkg-config would omit system folders; these are in a separate folder.
export PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 PKG_CONFIG_ALLOW_SYSTEM_LIBS=1

check 'the soname has a number, and is the name that is loaded' \
    sh -c "readelf -d $lib/libsoftmax.so | grep -F 'soname: [libsoftmax.so.0]' && [ -f $lib/libsoftmax.so.0 ]"

# The version is the same everywhere.
version=$("$bin/mnist" --version | cut -d ' ' -f 2)
check 'softmax.pc has the version of the program' [ "$(pkg-config --modversion softmax)" = "$version" ]
check 'CHANGELOG.md begins with that version' \
    [ "$(sed -n 's/^## \([0-9][0-9.]*\).*/\1/p' "$root/CHANGELOG.md" | head -n 1)" = "$version" ]
check 'and so does debian/changelog' \
    [ "$(sed -n '1s/^mnist (\([0-9.]*\)).*/\1/p' "$root/debian/changelog")" = "$version" ]

# links SOURCE OUTPUT PKG-CONFIG-OPTION COMPILER ...: builds a program outside the tree, runs it, and checks its output.
links() {
    source=$1
    output=$2
    static=$3
    shift 3
    # shellcheck disable=SC2046,SC2086
    "$@" -std=c11 -Wall -Wextra -Werror "$source" $(pkg-config $static --cflags --libs softmax) -o "$output" &&
        [ "$(LD_LIBRARY_PATH=$tmp/$lib "./$output")" = "$expected" ]
}
check 'a program links the shared library by pkg-config' links "$user" shared '' "$@"
check 'and loads it' sh -c 'readelf -d shared | grep -F "[libsoftmax.so.0]"'

# The example of libsoftmax(3), as it is shown.
page=$tmp/$(grep 'man3/libsoftmax\.3$' installed)
shown_links() {
    "$@" >shown.txt && sed -n '/^EXAMPLES/,/^SEE ALSO/p' shown.txt | sed '1,/:$/d; /^SEE ALSO/d' >shown.c || return 1
    # shellcheck disable=SC2086
    links shown.c shown '' $compiler
}
if [ -f "$page" ]; then
    compiler=$*
    if man --version 2>/dev/null | grep -q '^man 2'; then
        check 'the example of libsoftmax(3), as man shows it, builds and runs' \
            shown_links env LC_ALL=C.UTF-8 MANWIDTH=120 man -E UTF-8 -l "$page"
    else
        skip 'the example of libsoftmax(3), as man shows it, builds and runs' 'man-db is missing'
    fi
    if command -v groff >/dev/null; then
        check 'and as groff shows it' shown_links groff -man -Tutf8 -P-cbou "$page"
    else
        skip 'and as groff shows it' 'groff is missing'
    fi
fi

# If the shared library is not installed, -lsoftmax means the static one.
mkdir aside
mv "$lib"/libsoftmax.so* aside
check 'a program links the static library by pkg-config --static' links "$user" static --static "$@"
check 'and contains it' sh -c '! readelf -d static | grep -F libsoftmax'
mv aside/* "$lib"

if command -v c++ >/dev/null; then
    # shellcheck disable=SC2046
    check 'the installed header is valid C++' c++ -std=c++11 -x c++ -Wall -Wextra -pedantic -Werror -fsyntax-only \
        $(pkg-config --cflags softmax) -include softmax.h /dev/null
else
    skip 'the installed header is valid C++' 'c++ is missing'
fi

# ---------------------------------------------------------------------------------------------------------
# A subproject

mkdir -p user/subprojects
cp "$root/tests/cli/linking/meson.build" "$user" user
ln -s "$root" user/subprojects/mnist
subproject() {
    unset PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
    CC="$*" meson setup --buildtype plain --wrap-mode forcefallback -Dmnist:openmp=auto user user/build &&
        meson compile -C user/build && [ "$(user/build/user)" = "$expected" ]
}
check 'a project builds it as a subproject' subproject "$@"
check 'and builds only the library' [ ! -e user/build/subprojects/mnist/app ]

# ---------------------------------------------------------------------------------------------------------

uninstall() { (cd "$build" && meson --internal uninstall); }
check 'uninstalling' uninstall
check 'leaves nothing, not even a folder' [ ! -e root ]

finish
