#!/bin/sh
# Initial weights from a model: the minimum, the iterations needed, the same bits, and refused models. Prints TAP.
# Usage: tests/cli/start.sh [PROGRAM]

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

py() { python3 "$tool" "$@"; }
objective() { sed -n 's/.* objective \([0-9.]*\)$/\1/p' out; }
iterations() { sed -n 's/^converged after \([0-9]*\) iteration.*/\1/p' out; }

# failed TITLE STATUS TEXT: the last run exited with this status, one line that contains the text, and no output.
failed() { check "$1" is_failure "$2" "$3"; }
is_failure() { exit_is "$1" && [ ! -s out ] && err_has "mnist: $2" && [ ! -e unused/model.safetensors ]; }

py subset "$real" data 3000 500
run train --data data --output cold --tolerance 1e-4
cold=$(iterations) minimum=$(objective)
run train --data data --output warm --tolerance 1e-4 --from cold/model.safetensors
check 'from its own minimum, training ends at once' [ "$(iterations)" -le 1 ]
check 'and proves the minimum again' out_has '^the objective is at most [0-9.e-]* of itself above its minimum$'
check 'the objective is the same' near "$(objective)" "$minimum" 2e-4
check 'the model notes its initial weights' [ "$(py metadata warm/model.safetensors from | grep -cE '^[0-9a-f]{16}$')" = 1 ]
check 'a model without --from notes none' [ "$(py metadata cold/model.safetensors from)" = '(none)' ]

run train --data data --output first --tolerance 0.1 --quiet
run train --data data --output warm --tolerance 1e-4 --from first/model.safetensors
check 'from a rough model: fewer iterations' [ "$(iterations)" -lt "$cold" ]
check 'from a rough model: the same minimum' near "$(objective)" "$minimum" 2e-4
run train --data data --output again --tolerance 1e-4 --from first/model.safetensors --threads 3 --quiet
check 'the same model from three threads' same warm/model.safetensors again/model.safetensors
MNIST_ISA=scalar run train --data data --output again --tolerance 1e-4 --from first/model.safetensors --quiet
check 'the same model from plain C' same warm/model.safetensors again/model.safetensors
run train --data data --output first --tolerance 1e-4 --from first/model.safetensors --quiet
check 'the initial model may be overwritten' same warm/model.safetensors first/model.safetensors

run train --data data --output sgd --optimizer sgd --epochs 1 --from cold/model.safetensors
check 'sgd: starts from the model' holds "$(sed -n 's/^epoch 0  loss \([0-9.]*\) .*/\1/p' err) < $minimum * 1.001"

# Killed and resumed.
run train --data data --output whole --optimizer sgd --epochs 6 --from cold/model.safetensors --quiet
"$program" train --data data --output half --optimizer sgd --epochs 6 --from cold/model.safetensors --checkpoint 1 \
    --quiet &
started=$!
until [ -e half/checkpoint.safetensors ] || ! kill -0 "$started" 2>/dev/null; do sleep 0.01; done
kill -KILL "$started" 2>/dev/null
wait "$started" 2>/dev/null
started=
if [ -e half/checkpoint.safetensors ]; then
    run train --data data --output half --optimizer sgd --epochs 6 --resume --quiet
    check 'a checkpoint with other initial weights is refused' err_has 'half/checkpoint.safetensors: belongs to another run: from was '
fi
run train --data data --output half --optimizer sgd --epochs 6 --from cold/model.safetensors --resume --quiet
check 'resumed, it ends with the same model' same half/model.safetensors whole/model.safetensors

py make other 6 8 3 60 30
py make wide 28 28 3 60 30
run train --data other --output unused --from cold/model.safetensors
failed 'images of another size' 1 'cold/model.safetensors: reads images of 28 x 28 pixels, those to train on are 8 x 6'
run train --data wide --output unused --from cold/model.safetensors
failed 'another number of classes' 1 'cold/model.safetensors: has 10 classes, the data to train on has 3'
run train --data data --output unused --from cold/model.safetensors --features deskew
failed 'other features' 1 'cold/model.safetensors: is for --features pixels, this training has --features deskew'
run train --data data --output unused --from missing
failed 'a missing model' 1 'missing: cannot be opened: No such file or directory'
run train --data nowhere --output unused --from missing
failed 'the model is read before the data' 1 'missing: cannot be opened: No such file or directory'
run train --data data --output unused --from data/t10k-labels-idx1-ubyte.gz
failed 'a file that is not a model' 1 'data/t10k-labels-idx1-ubyte.gz: '
run train --data data --output unused --from cold/model.safetensors --l2 auto
failed '--l2 auto' 2 '--from cannot be combined with --l2 auto, which finds initial weights itself'

finish
