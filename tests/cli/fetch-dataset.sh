#!/bin/sh
# End-to-end test of scripts/fetch-dataset against mirrors on this machine: by
# file:// and by a small HTTP server on the loopback.  Needs no network.
# Prints TAP; runs from any folder.

set -u
export LC_ALL=C

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd) || exit 1
fetch=$root/scripts/fetch-dataset
real=$root/datasets/mnist
four='train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte'

# Variables set by the caller must not affect the test.
unset MNIST_MIRROR MNIST_FETCH_TABLE MNIST_FETCH_DEBIAN
# No waiting between attempts, since the faults here are deliberate.
export MNIST_FETCH_PAUSE=0
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy

tmp=$(mktemp -d "${TMPDIR:-/tmp}/fetch-dataset-test.XXXXXX") || exit 1
server=
# shellcheck disable=SC2317  # called by the traps
clean_up() {
    [ -z "$server" ] || kill "$server" 2>/dev/null
    rm -rf -- "$tmp"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

count=0
failures=0
ok() {
    count=$((count + 1))
    echo "ok $count - $1"
}
not_ok() {
    count=$((count + 1))
    failures=$((failures + 1))
    echo "not ok $count - $1"
    echo "# exit status $status"
    sed 's/^/# out: /' "$tmp/out"
    sed 's/^/# err: /' "$tmp/err"
}
skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}
# case_is TITLE COMMAND...: one test case, which passes if COMMAND is true.
case_is() {
    title=$1
    shift
    if "$@"; then ok "$title"; else not_ok "$title"; fi
}

run() {
    "$fetch" "$@" >"$tmp/out" 2>"$tmp/err"
    status=$?
}
# With a table for tests, so that no real mirror is asked.
run_with() {
    MNIST_FETCH_TABLE=$1
    shift
    export MNIST_FETCH_TABLE
    run "$@"
    unset MNIST_FETCH_TABLE
}

said() { grep -q -e "$1" "$tmp/out"; }
warned() { grep -q -e "$1" "$tmp/err"; }
# same A B: both folders hold the same four files.
same() {
    for f in $four; do
        cmp -s "$1/$f.gz" "$2/$f.gz" || return 1
    done
}
# only_the_four DIR: the folder has the four files and SHA256SUMS, and no .part or .tmp.
only_the_four() {
    [ "$(find "$1" -type f | wc -l)" -eq 5 ] && [ -f "$1/SHA256SUMS" ]
}
empty_or_absent() { [ ! -e "$1" ] || [ -z "$(ls -A "$1")" ]; }
half() { head -c $(($(wc -c <"$1") / 2)) "$1"; }

# --- a small dataset, its mirrors and its table --------------------------------

good=$tmp/good
bad=$tmp/bad
mkdir "$good" "$bad" "$tmp/empty"
table=$tmp/table
{
    echo '# a table as in the top of scripts/fetch-dataset'
    for f in $four; do
        gzip -dc "$real/$f.gz" | head -c 60000 >"$tmp/$f"
        gzip -9nc "$tmp/$f" >"$good/$f.gz"
        echo "toy plain $f $(sha256sum <"$tmp/$f" | cut -c 1-64)"
        echo "toy-gz gz $f $(sha256sum <"$good/$f.gz" | cut -c 1-64)"
        echo wrong >"$bad/$f.gz"
        rm "$tmp/$f"
    done
    echo "toy-gz mirror file://$bad/"
    echo "toy-gz mirror file://$good/"
    echo "toy debian $tmp/debian"
} >"$table"

# --- the real digests ---------------------------------------------------------

out=$tmp/mnist
run mnist --output "$out" --mirror "file://$real"
first_run() { [ $status -eq 0 ] && same "$out" "$real" && only_the_four "$out"; }
case_is 'mnist by file://, with its real digests' first_run
case_is 'SHA256SUMS equals the one in datasets/mnist' cmp -s "$out/SHA256SUMS" "$real/SHA256SUMS"

ls -il "$out" >"$tmp/before"
run mnist --output "$out" --mirror "file://$tmp/empty"
ls -il "$out" >"$tmp/after"
untouched() {
    [ $status -eq 0 ] && cmp -s "$tmp/before" "$tmp/after" &&
        [ "$(grep -c 'already present and correct' "$tmp/out")" -eq 4 ] && ! said downloading
}
case_is 'correct files are not downloaded again' untouched

printf 'damage' | dd of="$out/t10k-labels-idx1-ubyte.gz" bs=1 seek=100 conv=notrunc 2>/dev/null
run mnist --output "$out" --mirror "file://$real"
repaired() {
    [ $status -eq 0 ] && same "$out" "$real" && warned 't10k-labels.*expected.*fetching it again' &&
        [ "$(grep -c downloading "$tmp/out")" -eq 1 ]
}
case_is 'a damaged file is reported and fetched again, and no other' repaired

# --- file:// ------------------------------------------------------------------

out="$tmp/a folder/toy"
(cd / && run_with "$table" toy --output "$out" --mirror "file://$good" && exit "$status")
status=$?
elsewhere() { [ $status -eq 0 ] && same "$out" "$good" && only_the_four "$out"; }
case_is 'from another working folder, into a folder with a space in its name' elsewhere

out=$tmp/plain-folder
run_with "$table" toy --output="$out" --mirror="$good"
plain_folder() { [ $status -eq 0 ] && same "$out" "$good"; }
case_is '--mirror accepts a local folder' plain_folder

out=$tmp/environment
MNIST_MIRROR=file://$good
export MNIST_MIRROR
run_with "$table" toy --output "$out"
unset MNIST_MIRROR
case_is 'MNIST_MIRROR works like --mirror' same "$out" "$good"

out=$tmp/whole-part
mkdir "$out"
cp "$good/train-images-idx3-ubyte.gz" "$out/train-images-idx3-ubyte.gz.part"
run_with "$table" toy --output "$out" --mirror "file://$good"
whole_part() {
    [ $status -eq 0 ] && said 'train-images.*already downloaded completely' && same "$out" "$good" && only_the_four "$out"
}
case_is 'a complete .part is used' whole_part

out=$tmp/file-resume
mkdir "$out"
half "$good/train-images-idx3-ubyte.gz" >"$out/train-images-idx3-ubyte.gz.part"
run_with "$table" toy --output "$out" --mirror "file://$good"
resumed() { [ $status -eq 0 ] && said 'train-images.*resuming at byte' && same "$out" "$good" && only_the_four "$out"; }
case_is 'a half-downloaded .part is completed by file://' resumed

out=$tmp/wrong-part
mkdir "$out"
head -c 500 /dev/zero >"$out/train-images-idx3-ubyte.gz.part"
run_with "$table" toy --output "$out" --mirror "file://$good"
wrong_part() {
    [ $status -eq 0 ] && warned 'train-images.*removed.*\.part' && same "$out" "$good" && only_the_four "$out"
}
case_is 'a .part with wrong content is reported, removed and fetched again' wrong_part

out=$tmp/fallback
run_with "$table" toy-gz --output "$out"
fallback() {
    [ $status -eq 0 ] && warned 'SHA-256 is .*, expected .*removed' && same "$out" "$good" && only_the_four "$out"
}
case_is 'wrong files on the first mirror: the second is used' fallback

out=$tmp/all-fail
run_with "$table" toy --output "$out" --mirror "file://$tmp/empty" --mirror "file://$bad"
all_fail() {
    [ $status -eq 1 ] && empty_or_absent "$out" &&
        warned '^fetch-dataset: toy: train-images-idx3-ubyte.gz: no correct file from any mirror (2 tried), expected SHA-256'
}
case_is 'all mirrors fail: exit 1, a clear line, nothing left behind' all_fail

# --- usage --------------------------------------------------------------------

run fashion_mnist
suggested() { [ $status -eq 2 ] && warned 'fashion_mnist: unknown dataset.*did you mean fashion-mnist'; }
case_is 'an unknown name: exit 2 and a suggestion' suggested

run cifar
unknown() { [ $status -eq 2 ] && warned 'cifar: unknown dataset.*mnist.*kmnist.*emnist-letters'; }
case_is 'an unknown name unlike any other: exit 2 and a list of the names' unknown

run mnist --nonsense
case_is 'an unknown option: exit 2' [ "$status" -eq 2 ]

run --list
listed() {
    [ $status -eq 0 ] || return 1
    for name in mnist fashion-mnist kmnist emnist-digits emnist-letters emnist-balanced \
        emnist-byclass emnist-bymerge emnist-mnist; do
        said "^$name  *[0-9]" || return 1
    done
}
case_is '--list names all sets' listed

run --help
helped() { [ $status -eq 0 ] && said '^usage: .*NAME' && said MNIST_FETCH_TABLE; }
case_is '--help' helped

# Each set has four digests of 64 hexadecimal digits, all different.
four_digests() {
    awk '$2 == "plain" || $2 == "gz" { if ($4 !~ /^[0-9a-f]+$/ || length($4) != 64 || seen[$4]++) exit 1; n[$1]++ }
         END { for (name in n) { sets++; if (n[name] != 4) exit 1 }; if (sets != 9) exit 1 }' "$fetch"
}
case_is 'the built-in table has four digests for each of nine sets' four_digests

# --- Debian's package ---------------------------------------------------------

mkdir "$tmp/debian"
for f in $four; do
    # Compressed differently, as Debian's files are.
    gzip -dc "$good/$f.gz" | gzip -1nc >"$tmp/debian/$f.gz"
done
out=$tmp/from-debian
run_with "$table" toy --output "$out"
from_debian() {
    [ $status -eq 0 ] && same "$out" "$tmp/debian" && only_the_four "$out" &&
        said "copied from $tmp/debian (Debian's package dataset-fashion-mnist)"
}
case_is 'the files of the Debian package are copied if installed' from_debian

MNIST_FETCH_DEBIAN=
export MNIST_FETCH_DEBIAN
out=$tmp/not-debian
run_with "$table" toy --output "$out" --mirror "file://$good"
case_is 'MNIST_FETCH_DEBIAN empty: the package is not used' same "$out" "$good"

MNIST_FETCH_DEBIAN=$bad
out=$tmp/bad-debian
run_with "$table" toy --output "$out" --mirror "file://$good"
unset MNIST_FETCH_DEBIAN
bad_debian() { [ $status -eq 0 ] && warned 'not used' && same "$out" "$good"; }
case_is 'wrong files in the package are reported, and a mirror is used' bad_debian
rm -r "$tmp/debian"

# --- missing tools ------------------------------------------------------------

# tools DIR NAME...: makes a folder for PATH that contains only these commands.
tools() {
    dir=$1
    shift
    mkdir "$dir"
    for tool in sh awk basename cat cmp cp cut dirname grep gzip head mkdir mktemp mv rm rmdir \
        sed sha256sum shasum sleep tr wc "$@"; do
        where=$(command -v "$tool") && ln -s "$where" "$dir/$tool"
    done
    return 0
}
run_in_path() {
    old_path=$PATH
    PATH=$1
    shift
    run_with "$@"
    PATH=$old_path
}

tools "$tmp/no-tools"
out=$tmp/without
run_in_path "$tmp/no-tools" "$table" toy --output "$out" --mirror "file://$good"
no_tools() { [ $status -eq 1 ] && warned 'neither curl nor wget' && empty_or_absent "$out"; }
case_is 'neither curl nor wget: exit 1, and both are named' no_tools

# --- an archive like EMNIST's, and HTTP ----------------------------------------

if ! command -v python3 >/dev/null 2>&1; then
    for title in archive http-resume no-ranges cut-off server-error wget; do
        skip "$title" 'python3 was not found'
    done
    echo "1..$count"
    [ $failures -eq 0 ]
    exit
fi

mkdir -p "$tmp/zip/gzip"
zip_table=$tmp/zip-table
for name in toy-letters toy-digits; do
    echo "$name archive toys"
    for f in $four; do
        echo "$name $f" | gzip -9nc >"$tmp/zip/gzip/$name-$(echo "$f" | sed 's/^t10k/test/').gz"
        echo "$name gz $f $(echo "$name $f" | gzip -9nc | sha256sum | cut -c 1-64)"
    done
done >"$zip_table"
(cd "$tmp/zip" && python3 -m zipfile -c toys.zip gzip && rm -r gzip)
echo "toys zip $(sha256sum <"$tmp/zip/toys.zip" | cut -c 1-64)" >>"$zip_table"
echo "toys mirror file://$tmp/zip/toys.zip" >>"$zip_table"
out=$tmp/zip-out
run_with "$zip_table" toy-letters --output "$out"
archive_letters() {
    [ $status -eq 0 ] && [ -f "$out/gzip.zip" ] &&
        [ "$(gzip -dc "$out/t10k-labels-idx1-ubyte.gz")" = 'toy-letters t10k-labels-idx1-ubyte' ]
}
case_is 'a set is extracted from its archive, with its test files renamed to t10k-' archive_letters

rm "$tmp/zip/toys.zip"
run_with "$zip_table" toy-digits --output "$out"
archive_digits() {
    [ $status -eq 0 ] && ! said downloading &&
        [ "$(gzip -dc "$out/train-images-idx3-ubyte.gz")" = 'toy-digits train-images-idx3-ubyte' ]
}
case_is 'a second set from the same archive needs no download' archive_digits

cat >"$tmp/server.py" <<'PYTHON'
"""A mirror with the faults of real mirrors.  argv: FOLDER PORT_FILE LOG_FILE

/ranges/F    serves F and honours Range
/noranges/F  always serves all of F
/cut/F       breaks off half-way without a Range; honours Range
/busy/F      answers 503 at first, then as /ranges/
"""
import http.server
import os
import sys

folder, port_file, log_file = sys.argv[1:]
asked = set()


class Mirror(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        way, name = self.path.lstrip("/").split("/", 1)
        wanted = self.headers.get("Range", "")
        with open(log_file, "a") as log:
            log.write(f"{self.path} {wanted}\n")
        path = os.path.join(folder, os.path.basename(name))
        if not os.path.isfile(path):
            self.send_error(404)
            return
        if way == "busy" and name not in asked:
            asked.add(name)
            self.send_error(503)
            return
        with open(path, "rb") as f:
            data = f.read()
        start = 0
        if way != "noranges" and wanted.startswith("bytes="):
            start = int(wanted[len("bytes="):].split("-")[0])
            if start >= len(data):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        body = data[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if way == "cut" and start == 0 else body)
        self.close_connection = True

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
with open(port_file + ".new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(port_file + ".new", port_file)
server.serve_forever()
PYTHON
python3 "$tmp/server.py" "$good" "$tmp/port" "$tmp/log" 2>"$tmp/server.err" &
server=$!
waited=0
while [ ! -f "$tmp/port" ] && [ $waited -lt 100 ]; do
    sleep 0.1
    waited=$((waited + 1))
done
if [ ! -f "$tmp/port" ]; then
    echo "Bail out! the HTTP server did not start: $(tail -n 1 "$tmp/server.err")"
    exit 1
fi
http=http://127.0.0.1:$(cat "$tmp/port")

http_cases() {
    by=$1
    shift

    out=$tmp/http-resume-$by
    mkdir "$out"
    half "$good/train-images-idx3-ubyte.gz" >"$out/train-images-idx3-ubyte.gz.part"
    size=$(wc -c <"$out/train-images-idx3-ubyte.gz.part" | tr -d ' ')
    : >"$tmp/log"
    "$@" "$table" toy --output "$out" --mirror "$http/ranges/"
    http_resume() {
        [ $status -eq 0 ] && same "$out" "$good" && only_the_four "$out" && ! warned removed &&
            grep -q "^/ranges/train-images-idx3-ubyte.gz bytes=$size-" "$tmp/log"
    }
    case_is "$by: a half-downloaded .part is completed over HTTP" http_resume

    out=$tmp/http-noranges-$by
    mkdir "$out"
    half "$good/train-images-idx3-ubyte.gz" >"$out/train-images-idx3-ubyte.gz.part"
    "$@" "$table" toy --output "$out" --mirror "$http/noranges/"
    no_ranges() { [ $status -eq 0 ] && same "$out" "$good" && only_the_four "$out"; }
    case_is "$by: a server without ranges: starts over" no_ranges

    out=$tmp/http-404-$by
    mkdir "$out"
    half "$good/train-images-idx3-ubyte.gz" >"$out/train-images-idx3-ubyte.gz.part"
    : >"$tmp/log"
    "$@" "$table" toy --output "$out" --mirror "$http/ranges/none/none.zip" --mirror "$http/ranges/"
    not_found() {
        [ $status -eq 0 ] && same "$out" "$good" && warned 404 &&
            grep -q "^/ranges/train-images-idx3-ubyte.gz bytes=$size-" "$tmp/log"
    }
    case_is "$by: a mirror without the file: the next one completes the .part" not_found
}

if command -v curl >/dev/null 2>&1; then
    tools "$tmp/curl-tools" curl
    http_cases curl run_in_path "$tmp/curl-tools"

    out=$tmp/http-cut
    run_with "$table" toy --output "$out" --mirror "$http/cut/"
    cut_off() { [ $status -eq 0 ] && same "$out" "$good" && warned 'attempt 1 of 3' && said 'resuming at byte'; }
    case_is 'curl: an interrupted transfer is resumed' cut_off

    out=$tmp/http-busy
    run_with "$table" toy --output "$out" --mirror "$http/busy/"
    busy() { [ $status -eq 0 ] && same "$out" "$good" && warned 'attempt 1 of 3.*503'; }
    case_is 'curl: a busy server is asked again' busy
else
    skip 'curl: HTTP' 'curl was not found'
fi

if command -v wget >/dev/null 2>&1; then
    tools "$tmp/wget-tools" wget
    out=$tmp/wget-file
    run_in_path "$tmp/wget-tools" "$table" toy --output "$out" --mirror "file://$good"
    wget_file() { [ $status -eq 0 ] && same "$out" "$good" && only_the_four "$out"; }
    case_is 'wget: without curl, file:// works too' wget_file
    http_cases wget run_in_path "$tmp/wget-tools"
else
    skip 'wget: HTTP' 'wget was not found'
fi

# The server is gone: the incomplete .part must survive for the next run.
kill "$server" && wait "$server" 2>/dev/null
server=
out=$tmp/http-gone
mkdir "$out"
half "$good/train-images-idx3-ubyte.gz" >"$out/train-images-idx3-ubyte.gz.part"
cp "$out/train-images-idx3-ubyte.gz.part" "$tmp/half"
run_with "$table" toy --output "$out" --mirror "$http/ranges/"
gone() {
    [ $status -eq 1 ] && warned 'kept .*\.part' && [ ! -e "$out/train-images-idx3-ubyte.gz" ] &&
        cmp -s "$tmp/half" "$out/train-images-idx3-ubyte.gz.part" &&
        [ "$(find "$out" -type f | wc -l)" -eq 1 ]
}
case_is 'no server: exit 1, and the .part is kept for the next run' gone

echo "1..$count"
[ $failures -eq 0 ]
