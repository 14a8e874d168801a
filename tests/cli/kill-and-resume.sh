#!/bin/sh
# Killed at any moment and resumed, training ends with the same model, byte for byte, and leaves no other files; a
# checkpoint of another run is refused. Prints TAP. Usage: tests/cli/kill-and-resume.sh [PROGRAM]
# $MNIST_TEST_KILLS is the number of times that each kind of training is killed; the default is 12.

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

n_kills=${MNIST_TEST_KILLS:-12}

# sweep_runtime PID: a killed process leaves a file of LLVM's OpenMP in shared memory; the next process with that id
# would map it, and die of SIGBUS if it is empty.
sweep_runtime() { rm -f "/dev/shm/__KMP_REGISTERED_LIB_$1_$(id -u)"; }

# killed FOLDER SECONDS ARGUMENT...: resumes training in a folder, with a checkpoint for each iteration, and kills it
# after SECONDS. Sets $is_done to yes if it ended before.
killed() {
    folder=$1 delay=$2
    shift 2
    "$program" train --data "$real" --output "$folder" --quiet --checkpoint 1 --resume "$@" 2>>killed.err &
    started=$!
    (sleep "$delay" && kill -9 "$started") 2>/dev/null &
    killer=$!
    is_done=no
    wait "$started" 2>/dev/null && is_done=yes
    sweep_runtime "$started"
    started=
    kill "$killer" 2>/dev/null
    wait "$killer" 2>/dev/null
}

# nothing_but FOLDER NAME...: the folder contains exactly these files.
nothing_but() {
    folder=$1
    shift
    [ "$(ls "$folder")" = "$(printf '%s\n' "$@")" ]
}

# survives TITLE SECONDS ARGUMENT...: kills a training at random moments within SECONDS, resumes it each time, and starts
# again whenever it is done.
survives() {
    what=$1 longest=$2
    shift 2
    rm -rf whole part
    "$program" train --data "$real" --output whole --quiet "$@"
    : >killed.err
    wrong=0 finished=0
    delays=$(awk -v n="$n_kills" -v longest="$longest" 'BEGIN { srand(1); while (n--) print rand() * longest }')
    for delay in $delays; do
        killed part "$delay" "$@"
        if [ $is_done = yes ]; then
            finished=$((finished + 1))
            cmp -s whole/model.safetensors part/model.safetensors || wrong=$((wrong + 1))
            rm -rf part
        fi
    done
    killed part 60 "$@"
    check "$what: killed $n_kills times, it ends with the same model" same whole/model.safetensors part/model.safetensors
    check "$what: as it did whenever it ended between kills ($finished times)" [ "$wrong" -eq 0 ]
    check "$what: no error message" [ ! -s killed.err ]
    check "$what: no other file is left" nothing_but part history.csv model.safetensors
}

survives 'lbfgs' 0.4
survives 'sgd' 0.5 --optimizer sgd
survives 'l2 auto' 0.9 --l2 auto
survives 'early stopping' 0.5 --optimizer sgd --epochs 30 --validation 10000 --patience 3

# ---------------------------------------------------------------------------------------------------------
# Checkpoints of other runs

# A training that does not converge, killed as soon as it has written a checkpoint.
rm -rf part
"$program" train --data "$real" --output part --quiet --checkpoint 1 --tolerance 0 &
started=$!
tries=600
while [ ! -e part/checkpoint.safetensors ] && [ $((tries -= 1)) -gt 0 ]; do sleep 0.05; done
kill -9 "$started"
wait "$started" 2>/dev/null
sweep_runtime "$started"
started=
check 'a killed run leaves its checkpoint' [ -s part/checkpoint.safetensors ]
cp part/checkpoint.safetensors kept

# refused TITLE TEXT ARGUMENT...: resuming fails with one line and changes nothing.
refused() {
    what=$1 text=$2
    shift 2
    rm -f part/*
    cp kept part/checkpoint.safetensors
    run train --data "$real" --output part --quiet --resume "$@"
    check "$what is refused" is_refused "$text"
}
is_refused() {
    exit_is 1 && err_has 'mnist: part/checkpoint.safetensors: ' && err_has "$1" && [ "$(wc -l <err)" -eq 1 ] &&
        nothing_but part checkpoint.safetensors && same kept part/checkpoint.safetensors
}
refused 'another tolerance' 'tolerance was 0 there, is 0.0001' --tolerance 1e-4
refused 'another l2' 'l2 was 0.0001 there, is 0.001 here' --tolerance 0 --l2 1e-3
refused 'another optimizer' 'optimizer was lbfgs there, is sgd here' --optimizer sgd
refused 'another seed' 'seed was 1 there, is 2 here' --tolerance 0 --seed 2
refused 'another validation part' 'validation was 0 there, is 100 here' --tolerance 0 --validation 100
python3 "$tool" make other 60 20 3 28 28
run train --data other --output part --quiet --resume --tolerance 0
check 'other data is refused' is_refused 'other data'
cp kept whole-one
for from_end in 3 100000; do
    cp whole-one kept
    python3 "$tool" damage kept $from_end
    refused "one with a flipped bit, $from_end bytes from its end," 'is damaged' --tolerance 0
done
cp whole-one kept
head -c 5000 kept >shorter && mv shorter kept
refused 'a truncated one' 'do not lie within' --tolerance 0
echo '{}' >kept
refused 'a file that is not one' 'too short' --tolerance 0
cp whole/model.safetensors kept
refused 'a model' 'is not a checkpoint' --tolerance 0

# interrupted TITLE ARGUMENT...: Ctrl-C ends training early, and leaves the best model and a checkpoint.
interrupted() {
    what=$1
    shift
    rm -rf whole part
    "$program" train --data "$real" --output whole --quiet "$@"
    "$program" train --data "$real" --output part --quiet --checkpoint 1 "$@" >interrupted.out 2>interrupted.err &
    started=$!
    tries=600
    while [ ! -e part/checkpoint.safetensors ] && [ $((tries -= 1)) -gt 0 ]; do sleep 0.05; done
    kill -INT "$started"
    wait "$started"
    status=$?
    started=
    check "$what: interrupted, it exits with 130" exit_is 130
    check "$what: and leaves a model and a checkpoint" nothing_but part checkpoint.safetensors history.csv model.safetensors
    check "$what: the model differs from the final one" differ whole/model.safetensors part/model.safetensors
    run train --data "$real" --output part --quiet --resume "$@"
    check "$what: resumed, it ends with the same model" same whole/model.safetensors part/model.safetensors
}
interrupted 'sgd' --optimizer sgd --epochs 40
interrupted 'l2 auto' --l2 auto --tolerance 1e-6

rm -rf part
run train --data "$real" --output part --resume --optimizer sgd --epochs 1
check 'without a checkpoint it starts from the beginning' exit_is 0
check 'and says so' err_has 'no checkpoint in part: training starts from the beginning'
for wrong in 0 -1 x 1.5 s 0s 1m ''; do
    run train --data "$real" --output part --checkpoint "$wrong"
    check "--checkpoint '$wrong' is refused" exit_is 2
done

# ---------------------------------------------------------------------------------------------------------
# Temporary files of killed runs

mkdir swept
for left in model.safetensors.4194304999.tmp history.csv.4194305000.tmp; do : >"swept/$left"; done
: >"swept/model.safetensors.$$.tmp"
: >"swept/model.safetensors.notes.tmp"
run train --data "$real" --output swept --quiet
check 'temporary files of killed runs are removed' \
    nothing_but swept history.csv model.safetensors "model.safetensors.$$.tmp" model.safetensors.notes.tmp

finish
