#!/bin/sh
# The page that mnist report writes, for various models and data, through the command line. Prints TAP.
# Usage: tests/cli/report.sh [PROGRAM]

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

py() { python3 "$tool" "$@"; }
page() { python3 "$root/tests/cli/report_page.py" "$@"; }

page_has() { grep -q -a -F -- "$2" "$1/report.html"; }
page_lacks() { ! page_has "$@"; }
# A program that was built without a compiler for WebAssembly says so, in the page and on standard output.
has_reader() { ! grep -q 'has no drawing pad' said; }
has_pad() { if has_reader; then page_has "$1" 'id="pad"'; else page_has "$1" 'was built without a compiler for WebAssembly'; fi; }
holds_model() { ! has_reader || page check-page-model "$1/report.html" "$1/model.safetensors"; }
is_small() { [ "$(wc -c <"$1/report.html")" -le 3000000 ]; }

# failed TITLE LINE: the last run exited 1 with exactly this line.
failed() { check "$1" is_failure "$2"; }
is_failure() { exit_is 1 && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && err_has "mnist: $1"; }

# fine TITLE FOLDER: the last run left a complete page in the folder.
fine() {
    check "$1: exits 0 without an error message" sh -c "[ $status -eq 0 ] && [ ! -s err ]"
    check "$1: the page is complete" page check-page "$2/report.html"
    check "$1: the page is under 3 MB" is_small "$2"
}

# ---------------------------------------------------------------------------------------------------------
# MNIST

run train --data "$real" --output mnist --quiet
run eval --data "$real" --output mnist
cp out table
run report --data "$real" --output mnist
fine 'mnist' mnist
cp out said
run --help
check '--help: lists report' out_has '^  report '
run report --help
check '--help: shows the usage of report' out_has '^Usage: mnist report \[OPTION'
cp said out
check 'names the file that it wrote' out_has '^wrote mnist/report.html, [0-9]* kB, for a browser$'
check 'nothing else is written' [ "$(ls mnist)" = "$(printf '%s\n' confusion.csv confusion.png history.csv metrics.json \
    model.safetensors report.html)" ]
check 'nothing is loaded from elsewhere' sh -c '! grep -q -a -i -E "https?://|@import|<link[^>]*stylesheet|<script[^>]*src" mnist/report.html'
check 'the page forbids loading anything' page_has mnist "default-src 'none'"
check 'the digest equals that of sha256sum' page_has mnist "$(sha256sum <mnist/model.safetensors | cut -d ' ' -f 1)"
check 'the accuracy equals that of eval' page_has mnist "$(sed -n 's/^accuracy  \([0-9.]*\) %.*/\1/p' table)&nbsp;%"
check 'shows the number of images' page_has mnist '10000 for testing, 60000 for training'
check 'shows how the model was trained' page_has mnist 'optimizer'
check 'draws the history' page_has mnist 'class="line training"'
check 'there is a pad, or a sentence that says why not' has_pad mnist
check 'the embedded model equals the file' holds_model mnist
cp mnist/report.html first.html
run report --data "$real" --output mnist --threads 1
check 'the same page from one thread' same mnist/report.html first.html

# ---------------------------------------------------------------------------------------------------------
# The pad alone

run report --demo --data none --output mnist
if has_reader; then
    check '--demo: names the file that it wrote' out_has '^wrote mnist/demo.html, [0-9]* kB, for a browser$'
    check '--demo: the page is complete' page check-page mnist/demo.html
    check '--demo: the embedded model equals the file' page check-page-model mnist/demo.html mnist/model.safetensors
    check '--demo: the report is not touched' same mnist/report.html first.html
else
    failed '--demo: without a reader' 'a demo needs a program that was built with clang for wasm32-wasi'
fi
run report --demo --output none
failed '--demo: no model' "none/model.safetensors: there is no model; 'mnist train' makes one"

# ---------------------------------------------------------------------------------------------------------
# The history

py make data 6 8 3 60 30
run train --data data --output small --quiet
rm small/history.csv
run report --data data --output small
fine 'no history' small
check 'no history: the page says so' page_has small 'small/history.csv does not exist'
header=$(head -n 1 mnist/history.csv)
echo "$header" >small/history.csv
run report --data data --output small
fine 'a history without rows' small
check 'a history without rows: the page says so' page_has small 'small/history.csv has no rows'
printf '%s\n0,0.5,,,,,,\n' "$header" >small/history.csv
run report --data data --output small
fine 'a history of one row' small
printf '%s\n0,0.5,,,0.5,,,\n1,0.5,,,0.5,,,\n' "$header" >small/history.csv
run report --data data --output small
fine 'a history of constant values' small
printf '%s\n0,1e308,,,-1e308,,,\n1,-1e308,,,1e-320,,,\n' "$header" >small/history.csv
run report --data data --output small
fine 'a history of extreme numbers' small
check 'every number in the page is finite' sh -c '! grep -q -a -i -E "[\"\\(, ]-?(nan|inf)[\", ]" small/report.html'
cp small/report.html before
printf '%s\n0,x,,,,,,\n' "$header" >small/history.csv
run report --data data --output small
failed 'a malformed history' 'small/history.csv: its line 2 is not 8 cells'
echo 'not a table' >small/history.csv
run report --data data --output small
failed 'another table' 'small/history.csv: is not the history of a training'
rm small/history.csv
mkdir small/history.csv
run report --data data --output small
failed 'a folder instead of a history' 'small/history.csv: '
rmdir small/history.csv
check 'a failure keeps the previous page' same small/report.html before

# ---------------------------------------------------------------------------------------------------------
# Bad input

run report --data data --output none
failed 'no model' "none/model.safetensors: there is no model; 'mnist train' makes one"
run report --data none --output small
failed 'no data' 'none: no such folder'
run report --data "$real" --output small
check 'data of another shape' sh -c "[ $status -eq 1 ] && [ \"\$(wc -l <err)\" -eq 1 ]"
run report --data data --output small --threads x
check 'a wrong option is a usage error' exit_is 2
mkdir test-only
cp data/t10k* test-only
run report --data test-only --output small
fine 'a folder with only test images' small
check 'a folder with only test images: no others are counted' page_has small '30 for testing'

# ---------------------------------------------------------------------------------------------------------
# Names from untrusted input

evil=$(printf 'a<script>alert(1)<\\script>"&\047 \033[31m\nb\377')
cp -R data "$evil"
run train --data "$evil" --output "$evil" --quiet
page add-notes "$evil/model.safetensors"
run report --data "$evil" --output "$evil"
fine 'evil names' "$evil"
check 'evil names: none becomes markup' page_lacks "$evil" '<script>alert'
check 'evil names: they are shown literally' page_has "$evil" 'a&lt;script&gt;alert(1)&lt;\script&gt;&quot;&amp;&#39; ?[31m?b?/model.safetensors'
check 'evil names: so are the notes' page_has "$evil" '&lt;img src=x onerror=alert(1)&gt;'
check 'evil names: the page has no control characters' sh -c "! tr -d '\n\t' <\"\$1/report.html\" | grep -q -a '[[:cntrl:]]'" - "$evil"
run report --data "$evil" --output "$evil"
one_line() { [ "$(wc -l <out)" -eq 1 ] && ! grep -q '[[:cntrl:]]' out; }
check 'evil names: nor does the output' one_line

# ---------------------------------------------------------------------------------------------------------
# Other shapes: rows, columns, classes, images to train and to test with

for shape in '3 5 2 40 20' '1 1 2 40 20' '28 28 62 620 310' '5 4 256 1024 512' '90 120 4 40 20' '2 300 3 30 15'; do
    # shellcheck disable=SC2086  # one word per value
    py make shape $shape
    run train --data shape --output shape-model --l2 0.1 --quiet
    run report --data shape --output shape-model
    fine "shape $shape" shape-model
    check "shape $shape: there is a pad" has_pad shape-model
    rm -r shape shape-model
done
py make shape 300 300 4 8 8
run train --data shape --output large --l2 1 --max-iterations 2 --quiet
run report --data shape --output large
fine 'a model of 360,000 weights' large
check 'a model of 360,000 weights: the pad is left out' page_lacks large 'id="pad"'
run report --demo --output large
has_reader && failed 'a model of 360,000 weights: no demo' 'the model has 360000 weights, too many for a page to hold'
has_reader && check 'a model of 360,000 weights: a sentence says why' page_has large '360000 weights, too many for a page to hold'
py make shape 28 28 62 124 4650
run train --data shape --output guessing --optimizer sgd --epochs 1 --learning-rate 1e-9 --quiet
run report --data shape --output guessing
fine 'four thousand mistakes of noise' guessing
check 'four thousand mistakes of noise: some are shown' page_has guessing '"tiles":[['

finish
