#!/bin/sh
# Models of features other than pixels through the command line: every command with each map, identical bits in all
# configurations, other sizes and numbers of classes, and invalid requests. Prints TAP.
# Usage: tests/cli/features.sh [PROGRAM]

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

py() { python3 "$tool" "$@"; }
digest() { sha256sum <"$1/model.safetensors"; }
is_fine() { exit_is 0 && ! grep -q '^mnist: ' err; }
fine() { check "$1" is_fine; }

# misused TITLE TEXT: the last run exited 2 with one line that contains the text, and a hint.
misused() { check "$1" is_misuse "$2"; }
is_misuse() { exit_is 2 && [ ! -s out ] && [ "$(wc -l <err)" -eq 2 ] && err_has "mnist: $1"; }

# failed TITLE TEXT: the last run exited 1 with one line that contains the text.
failed() { check "$1" is_failure "$2"; }
is_failure() { exit_is 1 && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && err_has "mnist: $1"; }

# ---------------------------------------------------------------------------------------------------------
# The same model in every configuration

py make data 11 14 3 300 60
mkdir pictures
py pictures data pictures 3
for map in pixels deskew scattering:J=2,L=4 patches:filters=20,views=2,seed=1; do
    train() { run train --data data --features $map --output "$@" --quiet; }
    train model
    fine "$map: trains"
    check "$map: the model file names it" [ "$(py metadata model/model.safetensors features)" = $map ]
    whole=$(digest model)
    train other --threads 3
    check "$map: the same model from three threads" [ "$(digest other)" = "$whole" ]
    MNIST_ISA=scalar run train --data data --features $map --output other --quiet
    check "$map: the same model from plain C" [ "$(digest other)" = "$whole" ]
    train other --memory 0
    if [ $map = pixels ]; then
        misused "$map: --memory is not ignored" '--memory is for features that are computed'
    else
        check "$map: the same model without features in memory" [ "$(digest other)" = "$whole" ]
    fi
    for options in '--optimizer sgd --epochs 3 --learning-rate 0.05' '--l2 auto --validation 100' '--validation 0.2 --patience 2'; do
        # shellcheck disable=SC2086  # options
        train kept $options
        fine "$map: trains, $options"
        [ $map != pixels ] || continue
        expected=$(digest kept)
        # shellcheck disable=SC2086
        train other $options --memory 1K
        check "$map: the same without features in memory, $options" [ "$(digest other)" = "$expected" ]
    done
    check "$map: a temperature is fitted" [ -n "$(py metadata kept/model.safetensors temperature)" ]
    for command in eval 'eval --mistakes' weights 'weights --show' report; do
        data='--data data'
        case $map:$command in pixels:weights*) data='' ;; esac
        # shellcheck disable=SC2086
        run $command $data --output kept
        fine "$map: $command"
    done
    run eval --data data --output kept --json --threads 1
    cp out first
    run eval --data data --output kept --json --threads 3
    check "$map: eval is the same with any number of threads" same out first
    run predict --output kept pictures/0.png --as-is --show
    fine "$map: predict --show"
    check "$map: predict --show draws both pictures" out_has '^what the model .*for (#+)'
    run predict --output kept --as-is --json pictures/0.png pictures/1.png pictures/2.png
    fine "$map: predict"
    run predict --output kept pictures/0.png
    check "$map: predict finds a digit, or says that there is none" exit_is 0
done

# ---------------------------------------------------------------------------------------------------------
# Killed and resumed

run train --data data --features deskew --optimizer sgd --epochs 40 --output whole --quiet
run train --data data --features deskew --optimizer sgd --epochs 20 --checkpoint 1 --output half --quiet
timeout -s INT 0.05 "$program" train --data data --features deskew --optimizer sgd --epochs 40 --checkpoint 1 \
    --output half --quiet >/dev/null
[ -f half/checkpoint.safetensors ] && interrupted=yes || interrupted=no
if [ "$interrupted" = yes ]; then
    run train --data data --optimizer sgd --epochs 40 --resume --output half --quiet
    failed 'a checkpoint of other features is refused' \
        'half/checkpoint.safetensors: belongs to another run: features was deskew there, is pixels here'
fi
run train --data data --features deskew --optimizer sgd --epochs 40 --resume --output half --quiet
check 'resumed, it is the same model' [ "$(digest half)" = "$(digest whole)" ]

# ---------------------------------------------------------------------------------------------------------
# Augmentation

run train --data data --output plain --quiet
run train --data data --copies 2 --validation 50 --output copies --quiet
fine 'copies: trains'
check 'copies: the model file says how many' [ "$(py metadata copies/model.safetensors copies)" = 2 ]
check 'copies: they count as training images' [ "$(py metadata copies/model.safetensors training_images)" = 750 ]
check 'copies: none is held out' [ "$(py metadata copies/model.safetensors validation_images)" = 50 ]
run train --data data --copies 2 --validation 50 --threads 3 --output other --quiet
check 'copies: the same model from three threads' [ "$(digest other)" = "$(digest copies)" ]
run train --data data --copies 2 --validation 50 --seed 2 --output other --quiet
check 'copies: another seed, another model' [ "$(digest other)" != "$(digest copies)" ]
run train --data data --copies 0 --output other --quiet
check 'copies: --copies 0 gives the plain model' [ "$(digest other)" = "$(digest plain)" ]

# ---------------------------------------------------------------------------------------------------------
# Presets

run train --data data --features best:filters=4 --output best --quiet
fine 'best: trains'
run train --data data --features patches:filters=4 --copies 2 --l2 3e-4 --tolerance 0.1 --output other --quiet
check 'best: the same model as its options give' [ "$(digest other)" = "$(digest best)" ]
run train --data data --features best:filters=4 --copies 1 --tolerance 1e-3 --output best --quiet
run train --data data --features patches:filters=4 --copies 1 --l2 3e-4 --tolerance 1e-3 --output other --quiet
check 'best: explicit options take precedence' [ "$(digest other)" = "$(digest best)" ]
run train --data data --features quick:filters=4,seed=3 --output quick --quiet
fine 'quick: trains'
run train --data data --features patches:filters=4,views=1,seed=3 --copies 1 --l2 3e-4 --tolerance 0.3 --output other --quiet
check 'quick: the same model as its options give' [ "$(digest other)" = "$(digest quick)" ]

# ---------------------------------------------------------------------------------------------------------
# Accuracy: of 1000 test images, after training on 2000 images. Bits are the same everywhere, so a change here is one of a map.

py subset "$real" small 2000 1000
for expected in pixels=855 deskew=894 scattering:L=6=980 quick=984 patches=987; do
    map=${expected%=*}
    run train --data small --features "$map" --output small-model --quiet
    fine "$map: trains on 2000 images"
    run eval --data small --output small-model
    check "$map: ${expected##*=} of 1000 images are right" out_has "^accuracy .* ${expected##*=} of 1000 images)\$"
done

# ---------------------------------------------------------------------------------------------------------
# Reports

run train --data data --features scattering:J=2,L=4 --output model --quiet
run report --data data --output model
check 'report: there is a pad, or a sentence that says why not' grep -q -E '<canvas id="pad"|built without a compiler for WebAssembly' \
    model/report.html
check 'report: the features are named' grep -q 'scattering:J=2,L=4' model/report.html
check 'report: the pictures show slopes instead of weights' grep -q 'The gradient of the score of each class with respect to each pixel' model/report.html
run weights --output model --data none
failed 'weights: slopes need data' 'none: '

# ---------------------------------------------------------------------------------------------------------
# Invalid options

misuse() { # MAP TEXT
    run train --data data --features "$1" --output unused
    misused "--features '$1'" "--features $1: $2"
}
misuse best:K=3 "patches has no parameter 'K', expected filters, views or seed"
misuse wavelets "there is no map 'wavelets', expected pixels, deskew, scattering, patches or columns"
misuse Pixels "there is no map 'Pixels'"
misuse pixels: "pixels takes no parameters, found ''"
misuse bestest "there is no map 'bestest'"
misuse scattering:K=3 "scattering has no parameter 'K', expected J or L"
misuse scattering:J "J: expected J=N, N a whole number from 1 to 5"
misuse scattering:J= 'J: expected J=N'
misuse scattering:J=9 'J: expected J=N'
misuse scattering:J=-1 'J: expected J=N'
misuse scattering:J=3,J=3 'J is given twice'
misuse scattering:J=3, "scattering has no parameter ''"
run train --data data --output unused --features ''
misused "--features ''" "--features '': expected a text that is not empty"
run train --data data --output unused --features
misused '--features without a map' '--features: expected a value'
for limit in '' x 2X -1 1e99 2GG nan; do
    run train --data data --features deskew --memory "$limit" --output unused
    misused "--memory '$limit'" "--memory ${limit:-''}: expected a ${limit:+number of bytes}"
done
run train --help
check '--help: names the maps' out_has '^--features scattering: '

# ---------------------------------------------------------------------------------------------------------
# Other sizes of images and numbers of classes

run train --data data --features scattering:J=4 --output unused --quiet
failed 'images too small for their map' \
    'data/train-images-idx3-ubyte.gz: images of 14 x 11 pixels, expected 16 x 16 to 256 x 256 for scattering with J=4'
check 'nothing is written then' [ ! -e unused/model.safetensors ]
for shape in '1 1 2' '3 70 2' '40 33 17'; do
    # shellcheck disable=SC2086  # three numbers
    py make shaped $shape 300 60
    run train --data shaped --features deskew --output shaped-model --quiet
    fine "deskew: $shape, rows, columns and classes"
    run eval --data shaped --output shaped-model
    fine "deskew: $shape, scored"
    run train --data shaped --features scattering --output shaped-model --quiet
    if [ "$shape" = '40 33 17' ]; then
        fine "scattering: $shape"
        run eval --data shaped --output shaped-model
        fine "scattering: $shape, scored"
        run weights --data shaped --output shaped-model
        fine "scattering: $shape, drawn"
    else
        failed "scattering: $shape" 'shaped/train-images-idx3-ubyte.gz: images of '
    fi
done
run eval --data data --output shaped-model
failed 'images of another size are not scored' 'data/t10k-images-idx3-ubyte.gz: has images of 14 x 11 pixels'

# with_features TEXT: copies the model and changes the features that its file names.
with_features() {
    python3 - "$1" <<'PY'
import json, struct, sys
content = open("model/model.safetensors", "rb").read()
size, = struct.unpack("<Q", content[:8])
header = json.loads(content[8:8 + size])
header["__metadata__"]["features"] = sys.argv[1]
packed = json.dumps(header).encode()
open("bad/model.safetensors", "wb").write(struct.pack("<Q", len(packed)) + packed + content[8 + size:])
PY
}
mkdir bad
for pair in "wavelets~its features are 'wavelets': there is no map 'wavelets', expected pixels, deskew, scattering, patches or columns" \
    "scattering:J=9~its features are 'scattering:J=9': J: expected J=N" 'scattering:J=2,L=5~300 weights a class, but images' \
    'pixels~300 weights a class, but images of 154 features' \
    'scattering:J=5~images of 14 x 11 pixels, expected 32 x 32'; do
    with_features "${pair%%~*}"
    for command in eval weights report; do
        run $command --data data --output bad
        failed "a model of ${pair%%~*}, for $command" "bad/model.safetensors: ${pair#*~}"
    done
done

finish
