#!/bin/sh
# Exported models, compared with the library on all test images and on other shapes: the C header for each map, built with
# every available compiler and run, also on a Cortex-M4; every number in NPY and CSV; invalid requests. Prints TAP.
# Usage: tests/cli/export.sh PROGRAM REFERENCE    REFERENCE is the program built from tests/export/reference.c

# shellcheck disable=SC2317  # functions are called by check
set -u
reference=$(realpath -- "$2")
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"
sources=$root/tests/export

py() { python3 "$tool" "$@"; }

# failed TITLE STATUS TEXT: the last run exited with this status and one line that contains the text.
failed() { check "$1" is_failure "$2" "$3"; }
is_failure() { exit_is "$1" && [ ! -s out ] && err_has "mnist: $2"; }

# ---------------------------------------------------------------------------------------------------------
# Lines of a class and its probabilities, held against each other

n=0 n_same=0 largest=0
# compare EXPECTED FOUND [UNIT]: sets $n to the number of lines, $n_same to the number with the same class, and $largest to
# the largest difference of two probabilities.
compare() {
    eval "$(paste -d ' ' "$1" "$2" | awk -v unit="${3:-1}" '
        {
            k = NF / 2
            same += $1 == $(k + 1)
            for (i = 2; i <= k; i++) {
                e = $i - unit * $(i + k)
                if (e < 0) e = -e
                if (e > largest) largest = e
            }
        }
        END { printf "n=%d n_same=%d largest=%s\n", NR, same, largest + 0 }')"
}
# all_agree EXPECTED FOUND [UNIT [LIMIT]]
all_agree() {
    compare "$@"
    echo "$n_same of $n, largest difference $largest"
    [ "$n" -gt 0 ] && [ "$n_same" -eq "$n" ] && holds "$largest < ${4:-1e-5}"
}
# The number of lines whose class agrees with the labels, one byte each.
count_right() { od -An -v -t u1 -w1 "$2" | tr -d ' ' | paste -d ' ' - "$1" | awk '$1 == $2 { n++ } END { print n + 0 }'; }

# compile COMPILER...: builds the program that reads images with $folder/digit.h.
folder=model
compile() {
    "$@" -Wall -Wextra -Wconversion -Wshadow -Wdouble-promotion -pedantic -Werror -O2 -I "$folder" "$sources/exported.c" \
        -lm -o exported
}
# with_every_compiler TITLE LIMIT: builds with each, and compares the answers for the file "images" with those expected.
with_every_compiler() {
    for compiler in 'gcc -std=c99' 'clang -std=c99' 'gcc -std=c11' 'g++ -x c++ -std=c++11' 'clang++ -x c++ -std=c++20'; do
        if command -v "${compiler%% *}" >/dev/null; then
            # shellcheck disable=SC2086  # a compiler and its options
            check "$1: compiles without a warning, $compiler" compile $compiler
            ./exported <images >found
            check "$1: all images as in the library, $compiler" all_agree expected found 1 "$2"
        else
            skip "$1: $compiler" "${compiler%% *} is missing"
        fi
    done
}
only_expf() { # the functions of libm and of allocation that the program needs
    [ "$(nm -u exported | grep -oE '\b_?(exp|log|sqrt|pow|floor|fmax|fabs|fmaxf|m(alloc)|calloc|realloc|free)[a-z0-9]*' |
        tr -d _ | sort -u)" = expf ]
}

# ---------------------------------------------------------------------------------------------------------
# The default model

run train --data "$real" --output model --quiet
py raw "$real" images labels
"$reference" model/model.safetensors <images >expected
run eval --data "$real" --output model --json
check 'the reference has the accuracy that eval prints' \
    [ "$(count_right expected labels)" = "$(py get model/metrics.json n_correct)" ]
run export --output model
check 'export: writes a header' out_has '^wrote model/digit.h, [0-9]* bytes$'
check 'export: prints nothing else' sh -c "[ $status -eq 0 ] && [ ! -s err ] && [ \$(wc -l <out) -eq 1 ]"
with_every_compiler c 1e-5
check 'c: only expf of libm, and no allocation' only_expf
cp model/digit.h kept
MNIST_ISA=scalar run export --output model --format c
check 'c: the same bytes from plain C' same model/digit.h kept

run export --output model --quantize int8
check 'int8: compiles without a warning' compile cc -std=c99
./exported <images >found
compare expected found
echo "# int8: $n_same of $n classes as by the library, $(count_right found labels) right, $(count_right expected labels) by it"
check 'int8: 99.8 % of the classes as in the library' holds "$n == 10000 && $n_same >= 0.998 * $n"
check 'int8: the accuracy of the library to 0.1 points' holds \
    "$(count_right found labels) >= $(count_right expected labels) - 10"

# ---------------------------------------------------------------------------------------------------------
# Other features

run train --data "$real" --features deskew --output deskew --quiet
run train --data "$real" --features quick --output patches --quiet
for folder in deskew patches; do
    [ $folder = deskew ] && limit=1e-3 || limit=1e-2
    py raw "$real" images labels
    "$reference" $folder/model.safetensors <images >expected-all
    run export --output $folder --quantize int8
    check "$folder, int8: compiles without a warning" compile cc -std=c99
    ./exported <images >found
    compare expected-all found
    echo "# $folder, int8: $n_same of $n classes as by the library, largest difference $largest," \
        "$(count_right found labels) right, $(count_right expected-all labels) by it"
    check "$folder, int8: 99.8 % of the classes as in the library" holds "$n == 10000 && $n_same >= 0.998 * $n"
    check "$folder, int8: the accuracy of the library to 0.1 points" holds \
        "$(count_right found labels) >= $(count_right expected-all labels) - 10"
    run export --output $folder
    check "$folder: compiles without a warning" compile cc -std=c99
    ./exported <images >found
    check "$folder: all 10,000 classes as in the library" all_agree expected-all found 1 "$limit"
    echo "# $folder: $n_same of $n classes as by the library, largest difference $largest"
    check "$folder: only expf of libm, and no allocation" only_expf
    head -n 200 expected-all >expected
    head -c 156800 images >some && mv some images
    with_every_compiler $folder "$limit"
done
check 'patches: compiles with its working memory off the stack' compile cc -std=c99 -DDIGIT_WORKSPACE=static
./exported <images >found
check 'patches: and answers the same' all_agree expected found 1 "$limit"
folder=model

# ---------------------------------------------------------------------------------------------------------
# A Cortex-M4: its code size, and a run in QEMU

cat >firmware.c <<'C'
#include "digit.h"
uint8_t image[DIGIT_PIXELS];
float answer[DIGIT_CLASSES];
int predict(void);
int predict(void) { return digit_predict(image, answer); }
C
cat >whole.c <<'C'
#include "firmware.c"
int main(void) { return predict(); }
C
m4="arm-none-eabi-gcc -std=c99 -mcpu=cortex-m4 -mthumb -Os"
soft="-mfloat-abi=soft" hard="-mfloat-abi=hard -mfpu=fpv4-sp-d16"
fits() { # FLASH STACK: most bytes; the stack is at most that of all functions
    # shellcheck disable=SC2086  # options
    $m4 $hard -Wall -Wextra -Wconversion -pedantic -Werror -fstack-usage -I $folder -c firmware.c -o firmware.o || return 1
    arm-none-eabi-size firmware.o | tail -n 1 >sizes
    read -r text data bss rest <sizes
    stack=$(awk '{ n += $(NF - 1) } END { print n }' firmware.su)
    [ -n "$rest" ] && [ "$text" -gt 0 ] && [ "$text" -le "$1" ] && [ "$data" -eq 0 ] && [ "$stack" -le "$2" ]
}
whole() { # OPTION...: flash and RAM of a complete program, with newlib's expf and start-up code, besides image and answer
    $m4 "$@" --specs=nano.specs --specs=nosys.specs -Wl,--gc-sections -I "$folder" whole.c -lm -o whole.elf 2>/dev/null || return 1
    arm-none-eabi-size whole.elf | awk 'END { print $1 + $2, $2 }'
}
runs() { # LIMIT OPTION...: the answers differ by less
    limit=$1
    shift
    head -c $((n_images * 784)) images >on-board/images
    (cd on-board && ${m4%% *} -std=gnu99 -mcpu=cortex-m4 -mthumb -Os "$@" -Wall -Wextra -Wconversion -Werror -I "../$folder" \
        -nostartfiles -T "$sources/cortex-m4.ld" "$sources/cortex-m4.c" -lm -o board.elf &&
        timeout 100 qemu-system-arm -M mps2-an386 -nographic -monitor none -serial none \
            -semihosting-config enable=on,target=native -kernel board.elf >answers 2>&1)
    head -n "$n_images" found >expected-here
    all_agree expected-here on-board/answers 1e-6 "$limit"
}
mkdir on-board
# on_cortex_m4 FOLDER QUANTIZE FLASH STACK IMAGES LIMIT: exports, builds within these bytes, and runs on the first images.
on_cortex_m4() {
    folder=$1
    board="Cortex-M4, $folder, $2"
    n_images=$5
    run export --output "$folder" --quantize "$2"
    compile cc -std=c99 && ./exported <images >found
    if ! command -v arm-none-eabi-gcc >/dev/null; then
        skip "$board" 'arm-none-eabi-gcc is missing: apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi'
        return
    fi
    check "$board: compiles without a warning, into $3 bytes, with $4 of stack" fits "$3" "$4"
    echo "# $board: flash $text bytes, constants kept in RAM $data, stack $stack, image and answer $bss"
    # shellcheck disable=SC2086  # options
    echo "# $board: flash and data in RAM of a whole program: $(whole $hard), without the unit $(whole $soft)"
    if command -v qemu-system-arm >/dev/null; then
        # shellcheck disable=SC2086  # options
        check "$board: $n_images images as on this machine" runs "$6" $hard
        check "$board: $n_images images as on this machine, without a floating-point unit" runs "$6" $soft
    else
        skip "$board, run" 'qemu-system-arm is missing: apt-get install qemu-system-arm'
    fi
}
on_cortex_m4 model none 32768 256 200 1e-5
on_cortex_m4 model int8 8704 256 200 1e-5
on_cortex_m4 deskew int8 10240 2048 200 1e-3
on_cortex_m4 patches none 98304 20480 20 1e-3
on_cortex_m4 patches int8 28672 20480 20 1e-3
if command -v arm-none-eabi-gcc >/dev/null; then
    m4="$m4 -DDIGIT_WORKSPACE=static"
    check 'Cortex-M4, patches: little stack with its working memory elsewhere' fits 28672 256
fi
folder=model

# ---------------------------------------------------------------------------------------------------------
# An AVR: constants stay in flash

in_flash() { # OPTION...
    avr-gcc -std=c99 -mmcu=atmega2560 -Os -Wall -Wextra -Wconversion -pedantic -Werror "$@" -I model -c firmware.c -o avr.o &&
        avr-size avr.o | awk 'END { exit !($1 > 7920 && $1 < 12000 && $2 == 0) }'
}
run export --output model --quantize int8
if command -v avr-gcc >/dev/null; then
    check 'AVR: all constants are in flash' in_flash
    check 'AVR: also by a qualifier of the caller' in_flash -std=gnu99 -Wno-pedantic -DDIGIT_FLASH=__flash
else
    skip 'AVR' 'avr-gcc is missing: apt-get install gcc-avr avr-libc'
fi

# ---------------------------------------------------------------------------------------------------------
# Numbers

run export --output model --format npy
check 'npy: names the files' out_has '^wrote model/weight.npy, '
check 'npy: and says how to use them' out_has '^inputs are pixels divided by 255; probabilities are softmax(weight x + bias)$'
check 'npy: every number agrees with the model' py check-npy model/model.safetensors model/weight.npy model/bias.npy
run export --output model --format csv
check 'csv: every number agrees with the model' py check-weights-csv model/model.safetensors model/weights.csv pixels
run export --output model --format onnx
check 'onnx: names the file' out_has '^wrote model/model.onnx, [0-9]* bytes$'

# ---------------------------------------------------------------------------------------------------------
# Other sizes and numbers of classes, and a temperature

# agrees_for SHAPE LIMIT LIMIT-INT8 OPTION...: rows, columns and classes; probabilities differ by less after this training.
agrees_for() {
    shape=$1
    exact=$2
    rough=$3
    shift 3
    # shellcheck disable=SC2086  # three numbers
    py make shaped $shape 512 20
    run train --data shaped --output model --quiet "$@"
    py raw shaped images labels
    "$reference" model/model.safetensors <images >expected
    for quantize in none int8; do
        run export --output model --quantize $quantize
        check "$shape, rows, columns and classes, $*, $quantize: compiles" compile cc -std=c99
        ./exported <images >found
        compare expected found
        [ $quantize = none ] && limit=$exact || limit=$rough
        check "$shape, $*, $quantize: probabilities as in the library" holds "$n == 20 && $largest < $limit"
    done
}
for shape in '1 1 2' '3 70 2' '40 33 17' '2 2 256' '260 256 2'; do
    agrees_for "$shape" 1e-5 0.1 --validation 100 --max-iterations 40 --l2 1e-3
    run export --output model --format csv
    check "$shape, csv" py check-weights-csv model/model.safetensors model/weights.csv pixels
done
run export --output model --format npy
check 'a temperature is mentioned' out_has '^inputs are .*softmax((weight x + bias) / [0-9.]*)$'
for shape in '1 1 2' '3 70 2' '40 33 17' '230 256 2'; do
    agrees_for "$shape" 1e-3 0.1 --features deskew --l2 1
done
agrees_for '9 14 3' 1e-3 0.1 --features patches:filters=600 --l2 100
agrees_for '8 8 2' 1e-3 0.1 --features patches:filters=1 --l2 1
agrees_for '40 33 17' 1e-3 0.1 --features patches:filters=40,seed=7 --l2 1

# ---------------------------------------------------------------------------------------------------------
# Invalid requests

py make small 16 16 3 60 30
run train --data small --output other --features scattering --quiet
for format in c onnx; do
    run export --output other --format $format
    failed "$format: a model of scattering" 1 "other/model.safetensors: is for --features scattering:J=3,L=8, whose Fourier \
transforms --format $format cannot hold: train with --features best"
done
check 'nothing is written then' [ "$(ls other)" = "$(printf 'history.csv\nmodel.safetensors')" ]
run export --output other --format csv
check 'csv: a model of other features' py check-weights-csv other/model.safetensors other/weights.csv scattering
run export --output nowhere
failed 'no model' 1 'nowhere/model.safetensors: there is no model'
for format in onnx npy csv; do
    for quantize in int8 none; do
        run export --output nowhere --format $format --quantize $quantize
        failed "$format: --quantize $quantize is for C" 2 '--quantize is for --format c'
    done
done
run export --output other --format hdf5
failed 'an unknown format' 2 '--format hdf5: expected one of c, onnx, npy, csv'
run export --output other model.h
failed 'an argument' 2 "model.h: unexpected; 'export' takes options only"
chmod a-w other
if [ "$(id -u)" -ne 0 ]; then
    run export --output other --format npy
    failed 'a folder that cannot be written to' 1 'other/weight.npy: cannot be written: '
fi
chmod u+w other
mkdir other/digit.h
py make small 6 8 3 60 30
run train --data small --output other --quiet
run export --output other
failed 'a folder instead of the file' 1 'other/digit.h: cannot be written: '

finish
