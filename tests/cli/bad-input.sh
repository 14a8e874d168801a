#!/bin/sh
# Bad input gets one clear line, the right exit status, and no crash; unusual but valid input works.
# Prints TAP. Usage: tests/cli/bad-input.sh [PROGRAM]

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

py() { python3 "$tool" "$@"; }

# Whether standard error has this many lines, all printable, the first of which begins with "mnist: ".
err_is_clear() {
    [ "$(wc -l <err)" -eq "$1" ] && head -n 1 err | grep -q '^mnist: ..*[^ ]$' &&
        ! grep -q '[[:cntrl:]]' err && ! grep -q -i -e 'sanitizer' -e 'runtime error' err
}

# failed TITLE TEXT FILE: the last run exited 1 with one line, "mnist: FILE: ... TEXT ...".
failed() { check "$1" is_failure "$2" "$3"; }
is_failure() { exit_is 1 && err_is_clear 1 && [ ! -s out ] && err_has "$1" && err_has "mnist: $2: "; }

# misused TITLE TEXT: the last run exited 2 with one line that contains the text, and a hint.
misused() { check "$1" is_misuse "$2"; }
is_misuse() { exit_is 2 && err_is_clear 2 && [ ! -s out ] && err_has "$1" && err_has "See 'mnist --help'"; }

# Runs the program with 48 MB of memory and a time limit that detects hangs. A sanitizer needs more memory.
memory=49152
! grep -q -a -e __asan_init -e __tsan_init "$program" || memory=unlimited
# shellcheck disable=SC3045  # dash, bash, ksh and busybox have ulimit -v
run_bounded() {
    (
        ulimit -v $memory
        exec timeout 20 "$program" "$@" >out 2>err
    )
    status=$?
}

# worked TITLE: the last run exited 0 without an error message.
worked() { check "$1" is_success; }
is_success() { exit_is 0 && ! grep -q '^mnist: ' err; }

py make good 6 8 3 60 30
run train --data good --output good-model --quiet
worked 'training on a small data set'
run eval --data good --output good-model
worked 'scoring it'
mkdir pictures
py pictures good pictures 1
run predict --output good-model pictures/0.png
worked 'predicting with its model'

# ---------------------------------------------------------------------------------------------------------
# Data sets

images=train-images-idx3-ubyte labels=train-labels-idx1-ubyte
gunzip -c "good/$images.gz" >images.plain
gunzip -c "good/$labels.gz" >labels.plain

# broken FILE TITLE TEXT: trains on the good data with the content of `new` in place of FILE.
broken() {
    rm -rf bad
    cp -R good bad
    rm -f "bad/$1.gz"
    mv new "bad/$1"
    run train --data bad --output unused --quiet
    failed "data: $2" "$3" "bad/$1"
}
: >new
broken "$images" 'an empty file' 'too short'
head -c 15 images.plain >new
broken "$images" 'half a header' 'too short for an IDX header of 16'
head -c 2000 images.plain >new
broken "$images" 'missing pixels' 'announces 2880 values, the file holds 1984'
(cat images.plain && echo) >new
broken "$images" 'bytes after the pixels' 'announces 2880 values, the file holds 2881'
echo 'This page says that the data is not here.' >new
broken "$images" 'a page of text' 'not an IDX file'
py idx new 0 0 13 3 0 0 0 1 0 0 0 1 0 0 0 1 0 0 0 0
broken "$images" 'floats instead of bytes' 'type of its values is 0x0d, expected 0x08'
cp labels.plain new
broken "$images" 'labels instead of images' 'has 1 dimensions, expected 3'
cp images.plain new
broken "$labels" 'images instead of labels' 'has 3 dimensions, expected 1'
py idx new 0 0 8 3 0 0 0 0 0 0 0 6 0 0 0 8
broken "$images" 'no images at all' 'dimension 1 is 0'
py idx new 0 0 8 3 255 255 255 255 255 255 255 255 255 255 255 255
broken "$images" 'more pixels than fit in any memory' 'dimensions multiply to more than'
py idx new 0 0 8 3 255 255 255 255 0 0 0 28 0 0 0 28
broken "$images" 'more pixels than the file holds' 'announces 3367254359280 values, the file holds 0'
head -c 200 "good/$images.gz" >new
broken "$images" 'a gzip file cut short' 'damaged gzip data: it ends after 200 bytes'
(cat "good/$images.gz" && echo) >new
broken "$images" 'a byte after the gzip data' 'damaged gzip data'
(head -c 200 "good/$images.gz" && tail -c +202 "good/$images.gz") >new
broken "$images" 'a byte missing in the gzip data' 'gzip data'
for name in "$images" "$labels"; do
    mkdir new
    broken "$name" "a folder for $name" 'is a folder'
    mkfifo new
    broken "$name" "a pipe for $name" 'not a regular file'
    ln -s /dev/zero new
    broken "$name" "a device for $name" 'not a regular file'
    ln -s . new
    broken "$name" "a link to a folder for $name" 'is a folder'
done

# bomb TITLE TEXT MEGABYTES DIMENSION...: a file whose content is much larger than its header says, or the reverse.
bomb() {
    what=$1 text=$2
    shift 2
    rm -rf bad
    cp -R good bad
    py bomb "bad/$images.gz" "$@"
    run_bounded train --data bad --output unused --quiet
    failed "data: $what, in little memory" "$text" "bad/$images.gz"
}
bomb 'a gzip file of 60 MB for some kB of images' 'holds more than the 2896 bytes expected' 60 60 6 8
bomb 'a gzip file of 60 kB for 60 GB of images' 'announces 60000000000 values, the file holds at most' 60 60000 1000 1000
bomb 'a gzip file with more images than are announced' 'holds more than the 64 bytes expected' 1 1 6 8
rm -rf bad && cp -R good bad && rm "bad/$images.gz" && cp images.plain "bad/$images" && truncate -s 8G "bad/$images"
run_bounded train --data bad --output unused --quiet
failed 'data: a plain file of 8 GB for some kB of images' 'has bytes after its end' "bad/$images"
ln -s nowhere new
rm -rf bad && cp -R good bad && rm "bad/$images.gz" && mv new "bad/$images"
run train --data bad --output unused --quiet
failed 'data: a link to nothing is a missing file' 'no images of the training set' bad
py idx new 0 0 8 1 0 0 0 2 0 1
rm -rf bad && cp -R good bad && rm "bad/$labels.gz" && mv new "bad/$labels"
run train --data bad --output unused --quiet
failed 'data: images and labels of different counts' "has 60 images, but bad/$labels has 2 labels" "bad/$images.gz"
mkdir large
py idx "large/$images" 0 0 8 3 0 0 0 4 0 0 8 2 0 0 8 2
truncate -s $((16 + 4 * 2050 * 2050)) "large/$images"
py idx "large/$labels" 0 0 8 1 0 0 0 4 0 1 2 3
run_bounded train --data large --output unused --quiet
failed 'data: images too large for a model' \
    '4 classes of 4202500 features make a model of 16810000 weights, expected at most 16777216' "large/$images"
rm -r large
mkdir empty
run train --data empty --output unused --quiet
failed 'data: an empty folder' 'no images of the training set: tried train-images-idx3-ubyte, ' empty
run eval --data empty --output good-model
failed 'data: an empty folder for eval' 'no images of the test set: tried t10k-images-idx3-ubyte, ' empty
run gradcheck --data empty
failed 'data: an empty folder for gradcheck' 'no images of the training set' empty
py make others 6 8 5 50 50
run eval --data others --output good-model
failed 'data: labels that the model does not know' "beyond the model's 3 classes" others/t10k-labels-idx1-ubyte.gz
py make wide 5 9 3 60 30
run eval --data wide --output good-model
failed 'data: images of another size than the model' '9 x 5' wide/t10k-images-idx3-ubyte.gz

# ---------------------------------------------------------------------------------------------------------
# Locating data

run train --data nowhere --output unused --quiet
failed 'where: --data names a missing folder' 'no such folder' nowhere
run train --output unused --quiet
check 'where: without --data every path tried is named' sh -c "
    [ $status -eq 1 ] && [ \$(wc -l <err) -eq 1 ] && grep -q 'tried datasets/mnist, /.*/datasets/mnist, /.*/mnist' err"
check 'where: and the options are named' err_has "--data or \$MNIST_DATA"
MNIST_DATA=nowhere run train --output unused --quiet
failed 'where: MNIST_DATA names a missing folder' 'no such folder' nowhere
MNIST_DATA=$tmp/good run train --output by-environment --quiet
worked 'where: MNIST_DATA is used'
check 'where: and gives the same model' same by-environment/model.safetensors good-model/model.safetensors
MNIST_DATA=$tmp/nowhere run train --data good --output by-option --quiet
worked 'where: --data takes precedence over MNIST_DATA'
mkdir -p stand/datasets
cp -R good stand/datasets/mnist
(cd stand && exec "$program" train --output out --quiet >"$tmp/out" 2>"$tmp/err")
status=$?
worked 'where: datasets/mnist in the working directory is used'

# ---------------------------------------------------------------------------------------------------------
# Models

mkdir bad-model
for pair in 'nan=not a finite number' "features=no map 'pixies', expected pixels" 'type=expected F32' \
    'short=bytes of data' 'tail=bytes of data' 'no-json=not JSON' 'length=a header of 9223372036854775808 bytes'; do
    py break-model good-model/model.safetensors bad-model/model.safetensors "${pair%%=*}"
    run eval --data good --output bad-model
    failed "model: ${pair%%=*}, for eval" "${pair#*=}" bad-model/model.safetensors
    run weights --output bad-model
    failed "model: ${pair%%=*}, for weights" "${pair#*=}" bad-model/model.safetensors
    run predict --output bad-model pictures/0.png
    failed "model: ${pair%%=*}, for predict" "${pair#*=}" bad-model/model.safetensors
done
: >bad-model/model.safetensors
run eval --data good --output bad-model
failed 'model: an empty file' 'is 0 bytes, too short' bad-model/model.safetensors
cp pictures/0.png bad-model/model.safetensors
run eval --data good --output bad-model
failed 'model: a picture' 'not a safetensors file' bad-model/model.safetensors
for what in 'a folder' 'a pipe' 'a device' 'a link to itself'; do
    rm bad-model/model.safetensors
    case $what in
    *folder) mkdir bad-model/model.safetensors && text='is a folder' ;;
    *pipe) mkfifo bad-model/model.safetensors && text='not a regular file' ;;
    *device) ln -s /dev/zero bad-model/model.safetensors && text='not a regular file' ;;
    *itself) ln -s model.safetensors bad-model/model.safetensors && text='cannot be opened' ;;
    esac
    run_bounded eval --data good --output bad-model
    failed "model: $what" "$text" bad-model/model.safetensors
    rm -rf bad-model/model.safetensors && : >bad-model/model.safetensors
done
truncate -s 8G bad-model/model.safetensors
run_bounded eval --data good --output bad-model
failed 'model: a file of 8 GB' 'expected at most' bad-model/model.safetensors
run eval --data good --output no-model
failed 'model: missing' 'there is no model' no-model/model.safetensors
check 'model: nothing was written next to the broken ones' [ "$(ls bad-model)" = model.safetensors ]

# ---------------------------------------------------------------------------------------------------------
# Pictures

run predict --output good-model missing.png
failed 'picture: missing' 'No such file' missing.png
echo text >text.png
run predict --output good-model text.png
failed 'picture: text' 'not a PNG' text.png
head -c 60 pictures/0.png >cut.png
run predict --output good-model cut.png
failed 'picture: cut short' 'not a PNG' cut.png
py colour-picture colour.png 8 6
run predict --output good-model colour.png
worked 'picture: colour'
py pictures wide . 1
run predict --output good-model 0.png
worked 'picture: another size'
run predict --output good-model --as-is 0.png
failed 'picture: another size with --as-is' 'is 9 x 5 pixels, expected 8 x 6 with --as-is' 0.png
printf '\377\330\377\340 and so on' >photo.jpg
run predict --output good-model photo.jpg
failed 'picture: a JPEG' "is a JPEG, expected a PNG; 'convert picture -auto-orient digit.png'" photo.jpg
run predict --output good-model .
failed 'picture: a folder' 'is a folder' .
run predict --output good-model /dev/zero
failed 'picture: a device' 'not a regular file' /dev/zero
mkfifo pipe.png
run_bounded predict --output good-model pipe.png
failed 'picture: a pipe' 'not a regular file' pipe.png
py bad-picture claims.png 100000 100000 size
run_bounded predict --output good-model claims.png
failed 'picture: 10 gigapixels' 'is 100000 x 100000 pixels, expected at most' claims.png
py bad-picture claims.png 8 6 text
run_bounded predict --output good-model claims.png
failed 'picture: 77 bytes with a text of a gigabyte' 'not a PNG' claims.png
py bad-picture bomb.png 8 6 profile
run_bounded predict --output good-model bomb.png
worked 'picture: a profile that inflates to a gigabyte is skipped'
py bomb bomb.png 60 1
run_bounded predict --output good-model bomb.png
failed 'picture: a gzip file that inflates to 60 MB' 'holds more than' bomb.png

# ---------------------------------------------------------------------------------------------------------
# Checkpoints

mkdir resumed
for what in 'a folder' 'a pipe' 'a device'; do
    case $what in
    *folder) mkdir resumed/checkpoint.safetensors && text='is a folder' ;;
    *pipe) mkfifo resumed/checkpoint.safetensors && text='not a regular file' ;;
    *device) ln -s /dev/zero resumed/checkpoint.safetensors && text='not a regular file' ;;
    esac
    run train --data good --output resumed --resume --quiet
    failed "checkpoint: $what" "$text" resumed/checkpoint.safetensors
    rm -rf resumed/checkpoint.safetensors
done

# ---------------------------------------------------------------------------------------------------------
# The command line

run
misused 'no command' 'expected a command'
run trian
misused 'a misspelt command' "unknown command 'trian', did you mean 'train'?"
run banana
misused 'an unknown command' "unknown command 'banana'"
run help trian
misused 'help for a misspelt command' "unknown command 'trian', did you mean 'train'?"
run train --lerning-rate 1
misused 'a misspelt option' 'unknown option --lerning-rate, did you mean --learning-rate?'
run eval --quiet
misused 'an option of another command' 'unknown option --quiet'
run train -x
misused 'a letter' 'unknown option -x'
run train --data good --output '' --quiet
misused 'an empty name' "--output '': expected a text that is not empty"
for command in report weights gradcheck; do
    run $command --data good-model/history.csv
    misused "$command --data FILE: is refused before the model is read" '--data good-model/history.csv: is a file, expected a folder'
done
run weights --output good-model --data good
misused 'weights --data for a model of pixels' '--data is for a model that reads other features than pixels'
run train --quiet=yes
misused 'a value for an option without one' '--quiet'
check 'and it is not called unknown' sh -c '! grep -q unknown err'
run train --l2
misused 'a missing value' '--l2: expected a value'
run train extra
misused 'an extra argument' "extra: unexpected; 'train' takes options only"
run predict --output good-model
misused 'no picture' 'predict: expected a file'
run predict --output nowhere --json --show pictures/0.png
misused 'two kinds of output' '--json and --show cannot be combined'
run predict --output nowhere --as-is --all pictures/0.png
misused 'several digits in one image' '--as-is and --all cannot be combined'
for case in '--l2 -1' '--l2 nan' '--l2 x' '--tolerance 2' '--threads 1025' '--threads 1.5' '--batch-size 0' \
    '--momentum 1' '--learning-rate 0' '--seed -1' '--max-iterations x' '--epochs 1e3'; do
    # shellcheck disable=SC2086  # two words
    run train --data good --output unused $case
    misused "train $case: names the range" "$case: expected a "
done
run train --optimizer adam
misused 'train --optimizer adam: names the choices' '--optimizer adam: expected one of lbfgs, sgd'
run train --schedule cosine
misused 'train --schedule cosine: names the choices' '--schedule cosine: expected one of constant, linear'
run weights --scale 65
misused 'weights --scale 65: names the range' '--scale 65: expected a whole number from 1 to 64'
while read -r used others; do
    for case in $others; do
        run train --data nowhere --output unused --optimizer "$used" "--$case"
        misused "train --${case%=*} is not ignored" "--${case%=*} is for --optimizer "
    done
done <<'OPTIONS'
lbfgs epochs=5 batch-size=7 learning-rate=50 momentum=0 schedule=linear
sgd tolerance=0.1 max-iterations=5
OPTIONS
while IFS='|' read -r options text; do
    # shellcheck disable=SC2086  # options
    run train --data nowhere --output unused $options
    misused "train $options: is refused before the data is opened" "$text"
done <<'OPTIONS'
--copies 1 --memory foo|--memory foo: expected a number of bytes
--copies 1 --memory 2G|--memory is for features that are computed
--l2 auto --validation 0|--l2 auto: expected samples to validate on
--folds 3|--folds is for --l2 auto
--l2 auto --folds 1|--folds 1: expected 2 folds or more
--l2 auto --folds 3 --validation 9|--folds and --validation cannot be combined
--l2 auto --from model|--from cannot be combined with --l2 auto
--patience 3|--patience is for --validation
--validation 9 --l2 auto --patience 3|--patience is for --validation above 0 without --l2 auto
--features columns|--features columns is for a table
OPTIONS
for value in x -1 1.5 5x '' nan inf; do
    run train --data good --output unused --validation "$value"
    misused "train --validation '$value'" "--validation $value: "
done
for value in 58 60 61 1000000; do
    run train --data good --output unused --validation "$value"
    misused "train --validation $value: leaves too few" 'there are only 60 images to train on, and 3 classes that need one'
done
run train --data good --output unused --validation 57 --quiet
worked 'train --validation 57: leaves one of each class'
run train --data good --output unused --l2 auto --folds 61
misused 'train --folds 61: more than there are images' '--folds 61: there are only 60 images of classes that have two or more'
run train --data good --output unused --validation 0 --quiet
worked 'train --validation 0: holds out none'

# ---------------------------------------------------------------------------------------------------------
# Output files

echo kept >a-file
run train --data good --output a-file --quiet
failed 'output: a file' 'expected a folder' a-file
run train --data good --output a-file/below --quiet
failed 'output: below a file' 'cannot be made' a-file/below
check 'output: the file is unchanged' [ "$(cat a-file)" = kept ]
run train --data nowhere --output never --quiet
failed 'output: no data' 'no such folder' nowhere
check 'output: no empty folder is left' [ ! -e never ]
run train --data nowhere --output never/a/b/ --quiet
check 'output: nor one above it' [ ! -e never ]
mkdir before-it
run train --data nowhere --output before-it/a/b --quiet
check 'output: one that was there stays, and it alone' rmdir before-it
run train --data good --output new/nested/folder --quiet
worked 'output: a nested folder is created'
mkdir -p blocked/confusion.csv
cp good-model/model.safetensors blocked
run eval --data good --output blocked
failed 'output: a folder instead of confusion.csv' 'cannot be written' blocked/confusion.csv
rm -rf blocked/confusion.csv blocked/metrics.json
mkdir blocked/metrics.json
run eval --data good --output blocked
failed 'output: a folder instead of metrics.json' 'cannot be written' blocked/metrics.json
echo kept >blocked/weights
run weights --output blocked
failed 'output: a file instead of weights' 'expected a folder' blocked/weights
rm blocked/model.safetensors
mkdir blocked/model.safetensors
run train --data good --output blocked --quiet
failed 'output: a folder instead of the model' 'cannot be written' blocked/model.safetensors
check 'output: nothing temporary is left' [ "$(find . -name '*.tmp' | wc -l)" -eq 0 ]
cp -R good-model before
run train --data bad --output before --quiet
check 'output: a failure keeps the previous model' same before/model.safetensors good-model/model.safetensors
if [ -c /dev/full ]; then
    "$program" eval --data good --output good-model --json >/dev/full 2>err
    status=$?
    : >out
    failed 'output: standard output on a full disk' 'cannot be written' 'standard output'
else
    skip 'output: standard output on a full disk' 'there is no /dev/full'
fi
"$program" eval --data good --output good-model >&- 2>err
status=$?
: >out
failed 'output: standard output closed' 'cannot be written' 'standard output'
rm -f good-model/confusion.csv good-model/metrics.json
{ "$program" eval --data good --output good-model 2>err; echo $? >piped; } | :
status=$(cat piped)
failed 'output: a pipe that nobody reads' 'cannot be written' 'standard output'
check 'output: the files are written anyway' [ -s good-model/confusion.csv ]
check 'output: all of them' [ -s good-model/metrics.json ]
mkdir small
(
    ulimit -f 40 # 20 KiB: enough for libomp's own file, but not for a model of real images
    exec "$program" train --data "$real" --output small --quiet 2>err
)
status=$?
failed 'output: a limit on file sizes' 'cannot be written' small/model.safetensors
check 'output: nothing is left of the file that was too large' [ "$(ls small)" = history.csv ]

# ---------------------------------------------------------------------------------------------------------
# File names that contain control characters

escape=$(printf '\033[31m')
newline='two
lines'
# no_controls FILE: no line contains a control character.
no_controls() { ! grep -q '[[:cntrl:]]' "$1"; }
for name in "$escape" "$newline"; do
    case $name in "$escape") what='an escape' ;; *) what='a newline' ;; esac
    run predict --output good-model "$name.png"
    check "names: a missing picture with $what in its name" sh -c "[ $status -eq 1 ] && [ \$(wc -l <err) -eq 1 ]"
    check "names: $what does not reach the terminal in an error message" no_controls err
    run train --data "$name" --output unused
    check "names: $what does not reach it as the name of data" sh -c \
        "[ \$(wc -l <err) -eq 1 ] && ! grep -q '[[:cntrl:]]' err"
    run "$name"
    check "names: $what does not reach it as a command" sh -c \
        "[ $status -eq 2 ] && [ \$(wc -l <err) -eq 2 ] && ! grep -q '[[:cntrl:]]' err"
    run train "--$name"
    check "names: $what does not reach it as an option" sh -c \
        "[ $status -eq 2 ] && [ \$(wc -l <err) -eq 2 ] && ! grep -q '[[:cntrl:]]' err"
    cp pictures/0.png "$name.png"
    run predict --output good-model "$name.png"
    check "names: $what does not reach it in a prediction" sh -c \
        "[ $status -eq 0 ] && [ \$(wc -l <out) -eq 1 ] && ! grep -q '[[:cntrl:]]' out"
    run predict --output good-model --json "$name.png"
    check "names: predict --json keeps $what in a name" [ "$(py get out 0 file)" = "$name.png" ]
done
latin=$(printf 'caf\351.png')
cp pictures/0.png "$latin"
run predict --output good-model --json pictures/0.png "$latin"
check 'names: predict --json includes files whose names are not UTF-8' \
    [ "$(python3 -c 'import json, sys; print(len(json.load(open(sys.argv[1], errors="replace"))))' out)" = 2 ]

# ---------------------------------------------------------------------------------------------------------
# Unusual but valid data

# unusual ROWS COLUMNS CLASSES N_TRAIN N_TEST
unusual() {
    what="$3 classes of $1 x $2"
    rm -rf data model
    py make data "$@"
    run train --data data --output model --quiet
    worked "$what: train"
    check "$what: train prints nothing" silent
    run train --data data --output sgd --optimizer sgd --epochs 2 --quiet
    worked "$what: train by sgd"
    run eval --data data --output model
    worked "$what: eval"
    check "$what: the scores agree with each other" py check-metrics model/metrics.json model/confusion.csv test
    run weights --output model --scale 2
    worked "$what: weights"
    check "$what: a picture for each class" [ "$(find model/weights -name '*.png' | wc -l)" -eq "$3" ]
    check "$what: pictures are twice as large as the images" [ "$(py picture-size "model/weights/$(($3 - 1)).png")" = "$((2 * $2)) $((2 * $1)) 2" ]
    rm -rf few && mkdir few
    py pictures data few 1
    run predict --output model --json few/0.png
    worked "$what: predict"
    check "$what: predict agrees with the model file" \
        [ "$(py check-predictions model/model.safetensors data few "$tmp/out")" = 1 ]
    run gradcheck --data data
    worked "$what: gradcheck"
}
unusual 6 8 3 60 30
unusual 8 6 2 10 4
unusual 9 11 26 260 52
unusual 5 5 1 20 10
unusual 1 1 3 9 3
unusual 3 7 256 512 256

finish
