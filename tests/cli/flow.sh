#!/bin/sh
# The whole program through its command line, on the real data: training, evaluation, pictures, predictions. Prints
# TAP.
# Usage: tests/cli/flow.sh [PROGRAM]

set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

py() { python3 "$tool" "$@"; }
objective() { sed -n 's/.* objective \([0-9.]*\)$/\1/p' "$tmp/out"; }
accuracy() { py get "$1/metrics.json" accuracy; }

# ---------------------------------------------------------------------------------------------------------
# Training with the defaults

run train --data "$real" --output model
check 'train: exits 0' exit_is 0
check 'train: says that it converged' out_has '^converged after [0-9]* '
stated=$(sed -n 's,^\([0-9a-f]\{64\}\)  results/model.safetensors$,\1,p' "$root/README.md")
check 'train: the model has the hash that the README states' [ "$(sha256sum <model/model.safetensors)" = "$stated  -" ]
check 'train: names the file that it wrote' out_has '^wrote model/model.safetensors$'
check 'train: the objective is the known minimum' near "$(objective)" 0.259248295 1e-4
check 'train: proves a bound on the distance to the minimum' out_has '^the objective is at most [0-9.e-]* of itself above'
check 'train: writes the history with its header' sh -c "head -n 1 model/history.csv |
    grep -x 'iteration,objective,gradient_norm,gap,training_accuracy,validation_accuracy,validation_loss,seconds'"
check 'train: one plain line per iteration' [ "$(wc -l <err)" -eq "$(($(wc -l <model/history.csv) - 1))" ]
check 'train: no control characters without a terminal' sh -c '! grep -q "[[:cntrl:]]" err'
check 'train: progress shows iteration, loss and accuracy' \
    [ "$(grep -c '^iteration [0-9]*  loss [0-9.]*  .*training [0-9.]* %' err)" -eq "$(wc -l <err)" ]
check 'train: the objective never rises' sh -c \
    "awk -F, 'NR > 2 && \$2 > last * (1 + 1e-6) { exit 1 } NR > 1 { last = \$2 }' model/history.csv"
check 'train: every row of the history has 8 cells' sh -c "awk -F, 'NF != 8 { exit 1 }' model/history.csv"
check 'train: nothing else is written' [ "$(ls model)" = "$(printf 'history.csv\nmodel.safetensors')" ]
for pair in image_rows=28 image_columns=28 classes=10 features=pixels training_images=60000 validation_images=0; do
    check "train: the model file has ${pair%=*}" [ "$(py metadata model/model.safetensors "${pair%=*}")" = "${pair#*=}" ]
done
check 'train: the model file does not depend on machine and time' sh -c \
    "! head -c 2000 model/model.safetensors | grep -a -q -i -e thread -e second -e avx -e '$(uname -n)'"

# ---------------------------------------------------------------------------------------------------------
# Help

run train --help
cp out train-help
run help train
check 'help train: is train --help' same out train-help
run help
check 'help: lists the commands' out_has '^  train  '

# ---------------------------------------------------------------------------------------------------------
# Scores

run eval --data "$real" --output model
check 'eval: exits 0 and prints nothing to standard error' sh -c "[ $status -eq 0 ] && [ ! -s err ]"
cp out table
check 'eval: prints accuracy with its interval' \
    out_has '^accuracy  9[23]\.[0-9]* %  (95 % interval [0-9.]* to [0-9.]*, [0-9]* of 10000 images)$'
check 'eval: metrics.json and confusion.csv agree' py check-metrics model/metrics.json model/confusion.csv test
check 'eval: at least 92.5 % are correct' holds "$(accuracy model) >= 0.925"
check 'eval: of 10,000 images' [ "$(py get model/metrics.json n_samples)" -eq 10000 ]
check 'eval: the confusion matrix is a colour picture' sh -c "python3 '$tool' picture-size model/confusion.png | grep ' 2$'"
check 'eval: the most confused pairs are named' out_has '^most confused: [0-9] read as [0-9] ([0-9]* times),'
run eval --data "$real" --output model --mistakes
check 'eval --mistakes: all 738, 28 in a row' [ "$(py picture-size model/mistakes.png)" = '2710 3352 2' ]
cp model/metrics.json metrics.json
run eval --data "$real" --output model --json --threads 1
check 'eval --json: prints metrics.json and nothing else' same out model/metrics.json
check 'eval: the same with any number of threads' same metrics.json model/metrics.json
run eval --data "$real" --output model --train
check 'eval --train: scores the training set' py check-metrics model/metrics.json model/confusion.csv train
check 'eval --train: of 60,000 images' [ "$(py get model/metrics.json n_samples)" -eq 60000 ]
check 'eval --train: the accuracy that training printed' \
    holds "$(accuracy model) - $(tail -n 1 model/history.csv | cut -d, -f5) < 1e-3"

# ---------------------------------------------------------------------------------------------------------
# Weights

run weights --output model
check 'weights: exits 0' exit_is 0
check 'weights: one picture per class' [ "$(ls model/weights)" = "$(printf '%s.png\n' 0 1 2 3 4 5 6 7 8 9)" ]
check 'weights: 8 pixels per weight' [ "$(py picture-size model/weights/9.png)" = '224 224 2' ]
check 'weights: red is negative, blue is positive' py check-weight-picture model/model.safetensors model/weights/3.png 3 8
check 'weights: a sheet of all classes' sh -c \
    "set -- \$(python3 '$tool' picture-size model/weights.png); [ \$1 -gt 1120 ] && [ \$2 -gt 448 ]"
run weights --output model --scale 3
check 'weights --scale: sets the pixels per weight' [ "$(py picture-size model/weights/0.png)" = '84 84 2' ]
check 'weights --scale: the same colours' py check-weight-picture model/model.safetensors model/weights/0.png 0 3
cp model/weights/1.png shared.png
run weights --output model --scale 3 --each
check 'weights --each: a separate colour scale' differ model/weights/1.png shared.png

# ---------------------------------------------------------------------------------------------------------
# Predictions

mkdir pictures
py pictures "$real" pictures 40
set --
i=0
while [ $i -lt 40 ]; do
    set -- "$@" "pictures/$i.png"
    i=$((i + 1))
done
run predict --output model --json "$@"
check 'predict --json: agrees with scores computed from the model file' \
    [ "$(py check-predictions model/model.safetensors "$real" pictures "$tmp/out")" = 40 ]
run predict --output model "$@"
check 'predict: one line per picture' [ "$(wc -l <out)" -eq 40 ]
# shellcheck disable=SC2317  # called by check
same_again() {
    for i in 0 1 2 3; do
        cmp "seen/000$((i + 1))-$i.png" "again/000$((i + 1))-000$((i + 1))-$i.png" || return 1
    done
}
run predict --output model --all "$root"/docs/digits/*.png
check 'predict: the digits that the README shows' [ "$(sed 's|.*/||; s| (.*||' out | tr '\n' ';')" = \
    'five.png: 5;nine.png: 9;seven.png: 7;six.png: 6;three.png: 3;year.png: 2026;' ]
run predict --output model "$root"/docs/digits/year.png "$root"/docs/digits/six.png
check 'predict: several digits in a picture are noticed' out_has 'there may be 4 digits, which --all reads'
check 'predict: a single digit is not mistaken for several' out_has 'six.png: 6 ([0-9.]* %), then [^;]*$'
run predict --output model --save-normalized seen pictures/0.png pictures/1.png pictures/2.png pictures/3.png
check 'predict --save-normalized: saves the input of the model' [ "$(echo seen/*)" = \
    'seen/0001-0.png seen/0002-1.png seen/0003-2.png seen/0004-3.png' ]
run predict --output model --save-normalized again --recursive seen
check 'predict --save-normalized: --as-is reads it with the same result' same_again
"$program" predict --output model - <pictures/0.png >out 2>err
check 'predict -: reads standard input' out_has '^-: 7 (9'
"$program" predict --output model - <&- >out 2>err
check 'predict -: closed standard input gives one line' err_has 'mnist: standard input: '
mkdir -p nested/deeper && cp pictures/0.png nested/deeper/b.PNG && cp pictures/1.png nested/a.png && echo x >nested/c.txt
ln -s .. nested/deeper/loop
run predict --output model --recursive nested
check 'predict --recursive: reads the pictures of a folder in order' [ "$(sed 's/:.*//' out | tr '\n' ' ')" = \
    'nested/a.png nested/deeper/b.PNG ' ]
run predict --output model --recursive seen/nothing
check 'predict --recursive: a missing folder is reported' err_has 'mnist: seen/nothing: '
mkdir none && run predict --output model --recursive none
check 'predict --recursive: a folder without pictures is reported' err_has 'mnist: none: there is no picture in it'
run predict --output model nested
check 'predict: a folder needs --recursive' err_has 'mnist: nested: is a folder; --recursive reads'
run predict --output model missing.png pictures/0.png absent.png
check 'predict: a missing picture does not prevent others from being read' out_has '^pictures/0.png: 7 '
check 'predict: the missing picture is reported' [ "$(cat err)" = "mnist: missing.png: cannot be opened: No such file or directory
mnist: absent.png: cannot be opened: No such file or directory" ]
check 'predict: a missing picture makes it exit 1' exit_is 1
# on_terminal COMMAND: its output on a terminal of 24-bit colours
on_terminal() {
    LC_ALL=C.UTF-8 COLORTERM=truecolor python3 -c 'import pty, sys; pty.spawn(["sh", "-c", sys.argv[1]])' "$1" \
        >out 2>err </dev/null
}
# shellcheck disable=SC2317  # called by check
is_coloured() { grep -q "$(printf '\033\\[38;2;')" out; }
# shellcheck disable=SC2317
is_plain() { ! grep -q "$(printf '\033')" out; }
on_terminal "$program predict --output model --show pictures/0.png"
check 'predict --show: in colour on a terminal' is_coloured
check 'predict --show: each coloured line ends with a reset' sh -c "! grep -v \"$(printf '\033\\[0m')\" out | grep -q \"$(printf '\033')\""
on_terminal "NO_COLOR=1 $program predict --output model --show pictures/0.png"
check 'predict --show: no colour with NO_COLOR' is_plain
on_terminal "$program weights --output model --show"
check 'weights --show: in colour on a terminal' is_coloured
COLORTERM='' TERM=xterm-256color LC_ALL=C.UTF-8 python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' \
    "$program" weights --output model --show >out 2>err </dev/null
check 'weights --show: in 256 colours where 24-bit ones are not announced' grep -q "$(printf '\033\\[38;5;')" out
COLUMNS=120 run weights --output model --show
check 'weights --show: more of them in a wider terminal' [ "$(grep -c '^[048]\( \|$\)' out)" -eq 3 ]
run weights --output model --show
check 'weights --show: in plain characters elsewhere' is_plain
check 'weights --show: fits into 80 columns' sh -c "awk 'length(\$0) > 80 { exit 1 }' out"
check 'weights --show: every class' [ "$(grep -c '^[0369]\( \|$\)' out)" -eq 4 ]
on_terminal "$program train --data $real --output on-terminal --max-iterations 3"
check 'train: on a terminal its progress is one line' [ "$(tr -d '\n' <out | tr '\r' '\n' | grep -c '^iteration')" -ge 4 ]
# 2 0 1 0 and 7 2 1 0 4, the first digits of the test set
py page "$real" page.png 1,3,2,10 0,1,2,3,4
run predict --output model --all page.png
check 'predict --all: reads line by line' [ "$(cut -d ' ' -f 2 out | tr '\n' ' ')" = '2010 72104 ' ]
run predict --output model --all --json page.png
check 'predict --all --json: contains the text' grep -q '"text": "2010\\n72104"' out
check 'predict --all --json: contains the place of each digit' [ "$(grep -c '"left": ' out)" -eq 9 ]
run predict --output model --all --reject 0.9999 page.png
check 'predict --reject: an uncertain digit becomes a question mark' out_has '?'
run predict --output model --reject 0.9999 pictures/0.png
check 'predict --reject: an uncertain answer says so' out_has '^pictures/0.png: not sure: 7 '
run predict --output model --show pictures/0.png
check 'predict --show: fits into 80 columns' sh -c "awk 'length(\$0) > 80 { exit 1 }' out"
check 'predict --show: in plain characters without a terminal' sh -c '! grep -q "[^ -~]" out'
check 'predict --show: a bar for the answer' out_has '  7 ##########'
check 'predict: the first digit of the test set is a 7' out_has '^pictures/0\.png: 7 (9[0-9.]* %), then [0-9] ('

# ---------------------------------------------------------------------------------------------------------
# The same bits

run train --data "$real" --output one --threads 1 --quiet
check 'train --quiet: prints nothing' silent
check 'one thread gives the same model as all threads' same one/model.safetensors model/model.safetensors
run train --data "$real" --output three --threads 3 --quiet
check 'the same model from three threads' same three/model.safetensors model/model.safetensors

py subset "$real" small 3000 500
run train --data small --output small-model --quiet
for isa in scalar avx2 avx512 neon; do
    MNIST_ISA=$isa run train --data small --output "$isa" --quiet
    case $status in
    0)
        check "MNIST_ISA=$isa: the same model" same "$isa/model.safetensors" small-model/model.safetensors
        MNIST_ISA=$isa run train --data small --output "$isa" --optimizer sgd --epochs 2 --threads 2 --quiet
        run train --data small --output sgd-small --optimizer sgd --epochs 2 --threads 1 --quiet
        check "MNIST_ISA=$isa: the same model by sgd" same "$isa/model.safetensors" sgd-small/model.safetensors
        ;;
    *)
        check "MNIST_ISA=$isa: refused if the machine lacks it" exit_is 2
        check "MNIST_ISA=$isa: says so" err_has "mnist: MNIST_ISA=$isa: this machine does not have it"
        ;;
    esac
done
check 'MNIST_ISA=scalar: is always available' [ -f scalar/model.safetensors ]
MNIST_ISA=mmx run eval --data small --output small-model
check 'MNIST_ISA: an unknown one is a usage error' exit_is 2
check 'MNIST_ISA: an unknown one is named' err_has 'mnist: MNIST_ISA=mmx: this machine does not have it; its fastest is'

# ---------------------------------------------------------------------------------------------------------
# The minimum that other solvers found in double precision

for pair in 1e-3=0.334610978 1e-4=0.259248295 1e-5=0.226793165; do
    run train --data "$real" --output optimum --l2 "${pair%=*}" --tolerance 1e-6
    check "--l2 ${pair%=*}: converges" out_has '^converged '
    check "--l2 ${pair%=*}: reaches the minimum" near "$(objective)" "${pair#*=}" 1.002e-6
done

# ---------------------------------------------------------------------------------------------------------
# Other ways to train

run train --data "$real" --output sgd --optimizer sgd
check 'sgd: exits 0' exit_is 0
check 'sgd: one line per epoch' sh -c 'grep -q "^epoch 10  loss" err'
check 'sgd: the history counts epochs' sh -c 'head -n 1 sgd/history.csv | grep "^epoch,objective,"'
run eval --data "$real" --output sgd
check 'sgd: more than 91.5 % are correct' holds "$(accuracy sgd) > 0.915"
run train --data small --output sgd-again --optimizer sgd --seed 1 --quiet
run train --data small --output sgd-same --optimizer sgd --seed 1 --threads 2 --quiet
check 'sgd: the same seed gives the same model' same sgd-again/model.safetensors sgd-same/model.safetensors
run train --data small --output sgd-other --optimizer sgd --seed 2 --quiet
check 'sgd: another seed gives another model' differ sgd-again/model.safetensors sgd-other/model.safetensors
run train --data small --output diverged --optimizer sgd --learning-rate 1e6 --momentum 0.99 --quiet
check 'sgd: never a model with NaN or infinity' sh -c \
    "[ $status -eq 1 ] && [ ! -e diverged/model.safetensors ] || [ $status -eq 0 ]"

for pair in 10000=10000 0.1=6000; do
    run train --data "$real" --output validated --validation "${pair%=*}"
    check "--validation ${pair%=*}: exits 0" exit_is 0
    check "--validation ${pair%=*}: holds out ${pair#*=} images" \
        [ "$(py metadata validated/model.safetensors validation_images)" = "${pair#*=}" ]
    check "--validation ${pair%=*}: trains on the others" \
        [ "$(py metadata validated/model.safetensors training_images)" = $((60000 - ${pair#*=})) ]
    check "--validation ${pair%=*}: progress shows the validation accuracy" err_has '  validation 9'
    check "--validation ${pair%=*}: the history has the validation accuracy" sh -c \
        "awk -F, 'NR > 1 && !(\$6 > 0 && \$6 < 1 && \$7 > 0) { exit 1 }' validated/history.csv"
done
run eval --data "$real" --output validated
check '--validation: costs little accuracy' holds "$(accuracy validated) > 0.92"
run train --data small --output validated --validation 600 --optimizer sgd --epochs 3000 --patience 3 --l2 0 --quiet
check '--validation: ends early when the loss no longer falls' sh -c "[ \"\$(wc -l <validated/history.csv)\" -lt 500 ]"
run train --data small --output validated --validation 600 --optimizer sgd --patience 1 --learning-rate 1 --epochs 99
check '--patience: says which epoch was best' out_has '^stopped early after [0-9]* epochs\{0,1\}: kept the model of epoch [0-9]*, '
run train --data small --output chosen --l2 auto
check '--l2 auto: prints each value it tries' err_has 'l2 0.01    validation loss '
run train --data small --output chosen --l2 auto --validation 0
check '--l2 auto: needs images to validate on' exit_is 2
check '--l2 auto: and says so' err_has '--l2 auto: expected samples to validate on, found none'
run train --data small --output calibrated --validation 600 --l2 1e-9 --quiet
run eval --data small --output calibrated
check '--validation: a temperature is fitted' [ "$(py metadata calibrated/model.safetensors temperature)" != 1 ]
check 'eval: the numbers of a calibrated model agree' \
    py check-metrics calibrated/metrics.json calibrated/confusion.csv test
check 'eval: the temperature is that of the model' holds \
    "$(py get calibrated/metrics.json calibration temperature) == $(py metadata calibrated/model.safetensors temperature)"
check 'eval: it lowers the calibration error' holds "$(py get calibrated/metrics.json calibration expected_error) < \
    $(py get calibrated/metrics.json calibration expected_error_uncalibrated)"
check 'eval: prints the coverage and accuracy of each threshold' out_has '^threshold  coverage  accuracy$'
check 'eval: including a threshold of 95 %' out_has '^     95 %  '
run train --data small --output limited --max-iterations 1
check '--max-iterations: ends training, and says so' out_has '^not converged after 1 iteration: '
check '--max-iterations: leaves a model' [ -f limited/model.safetensors ]

# ---------------------------------------------------------------------------------------------------------
# Interruption

# Training without an end, interrupted after some epochs.
"$program" train --data small --output interrupted --optimizer sgd --epochs 100000000 >out 2>err &
started=$!
i=0
until grep -q '^epoch 2 ' err || [ $i -ge 200 ]; do
    sleep 0.1
    i=$((i + 1))
done
kill -INT "$started"
wait "$started"
status=$?
started=
check 'Ctrl-C: exits 130' exit_is 130
check 'Ctrl-C: prints the number of epochs' out_has '^interrupted after [0-9]* epochs[:,] '
check 'Ctrl-C: names the file that it wrote' out_has '^wrote interrupted/model.safetensors$'
run eval --data small --output interrupted
check 'Ctrl-C: leaves a model that works' exit_is 0
check 'Ctrl-C: it has learned something' holds "$(accuracy interrupted) > 0.7"
check 'Ctrl-C: no temporary file is left' [ "$(find interrupted -name '*.tmp' | wc -l)" -eq 0 ]

# ---------------------------------------------------------------------------------------------------------

run gradcheck --data "$real"
check 'gradcheck: exits 0' exit_is 0
check 'gradcheck: prints errors and bounds' [ "$(grep -c '  ok$' out)" -ge 10 ]
check 'gradcheck: none is exceeded' sh -c '! grep -q EXCEEDED out'

run --version
check '--version: names the program' out_has '^mnist [0-9]*\.[0-9]'
run --help
for command in train eval weights predict export gradcheck; do
    check "--help: lists $command" out_has "^  $command "
done
for command in train eval weights predict export gradcheck; do
    run "$command" --help
    check "$command --help: exits 0 with its usage" out_has "^Usage: mnist $command \[OPTION"
    check "$command --help: fits into 80 columns" [ "$(awk 'length > 79' out | wc -l)" -eq 0 ]
done

finish
