#!/bin/sh
# Tables instead of images: CSV and NumPy's format give the same model, which other programs can read; eval uses the
# names of classes in all its output; options for images are refused. Prints TAP.
# Usage: tests/cli/table.sh [PROGRAM]

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

py() { python3 "$tool" "$@"; }
iris=$root/examples/iris.csv
objective() { sed -n 's/.* objective \([0-9.]*\)$/\1/p' out; }

# failed TITLE STATUS TEXT: the last run exited with this status, one line that contains the text, and no output.
failed() { check "$1" is_failure "$2" "$3"; }
is_failure() { exit_is "$1" && [ ! -s out ] && err_has "mnist: $2"; }

# ---------------------------------------------------------------------------------------------------------
# One table in several forms

run train --data "$iris" --output model --l2 1e-3 --tolerance 1e-6
check 'train: a table with words for classes' exit_is 0
least=$(objective)
check 'the objective is the minimum for standardised columns' near "$least" 0.102368 1e-5
check 'the model keeps the names of its classes' \
    [ "$(py metadata model/model.safetensors class_names | tr '\n' ' ')" = 'setosa versicolor virginica ' ]
check 'and the kind of its features' [ "$(py metadata model/model.safetensors features)" = columns ]

# same_model TITLE FILE [OPTION...]
same_model() {
    title_of=$1 from=$2
    shift 2
    run train --data "$from" --output again --l2 1e-3 --tolerance 1e-6 --quiet "$@"
    check "the same model $title_of" same model/model.safetensors again/model.safetensors
}
tail -n +2 "$iris" >bare.csv
awk '{ sub(/setosa/, "\"setosa\""); printf "%s\r\n", $0 }' "$iris" >quoted.csv
gzip -c "$iris" >packed.csv.gz
awk -F, -v OFS=, '{ print $5, $1, $2, $3, $4 }' "$iris" >first.csv
same_model 'without a header' bare.csv
same_model 'with quotes and other line endings' quoted.csv
same_model 'from gzip' packed.csv.gz
same_model 'with the labels in the first column, by number' first.csv --label 1
same_model 'with the labels in the first column, by name' first.csv --label species
{ echo 0,1,2,3,species; tail -n +2 "$iris"; } >numbered.csv
same_model 'with columns named by numbers, and the labels by name' numbered.csv --label species
same_model 'with any number of threads' "$iris" --threads 3
MNIST_ISA=scalar same_model 'from plain C' "$iris"

sed 's/setosa/0/; s/versicolor/1/; s/virginica/2/' bare.csv >numbers.csv
py table-as-npy numbers.csv numbers.npy
run train --data numbers.csv --output numbers --l2 1e-3 --tolerance 1e-6 --quiet
same_model 'numbers for classes: names differ, and so does the file' "$iris"
run train --data numbers.npy --output arrays --l2 1e-3 --tolerance 1e-6 --quiet
check "NumPy's format: the same model as from CSV" same numbers/model.safetensors arrays/model.safetensors
run eval --data numbers.npy --output arrays
check "NumPy's format: it is scored" out_has '^accuracy  98.00 %  (95 % interval [0-9.]* to [0-9.]*, 147 of 150 rows)$'

# ---------------------------------------------------------------------------------------------------------
# The names of classes in all output

run eval --data "$iris" --output model
check 'eval: rows' out_has '^accuracy  98.00 %  (95 % interval [0-9.]* to [0-9.]*, 147 of 150 rows)$'
check 'eval: names in the table of classes' out_has '^versicolor    97.96 %   96.00 %   96.97 %       50$'
check 'eval: names above the confusion matrix' out_has '^                setosa  versicolor   virginica$'
check 'eval: names at the rows of the confusion matrix' out_has '^ virginica           .           1          49$'
check 'eval: names of the confused classes' out_has '^most confused: versicolor read as virginica (2 times), '
check 'eval: names in confusion.csv' [ "$(sed -n 3p model/confusion.csv)" = 'versicolor,0,48,2' ]
check 'eval: names in metrics.json' [ "$(py get model/metrics.json classes 2 name)" = virginica ]
check 'eval: a picture with room for names' holds "$(py picture-size model/confusion.png | cut -d ' ' -f 1) > 200"

cut -d , -f 1-4 "$iris" >features.csv
run predict --output model features.csv
check 'predict: a header, and a line per row' [ "$(wc -l <out)" -eq 151 ]
check 'predict: the classes are named' [ "$(head -n 1 out)" = class,setosa,versicolor,virginica ]
cp out predicted.csv
check 'predict: agrees with the weights on unscaled columns' \
    py check-table-predictions model/model.safetensors features.csv predicted.csv
check 'predict: as many correct rows as eval counts' \
    [ "$(paste -d , "$iris" predicted.csv | awk -F , '$5 == $6 { n++ } END { print n }')" = 147 ]

printf 'x,y,"name, with ""all"" of it"\n1,2,"a, ""b"""\n3,1,é\n1,3,"a, ""b"""\n4,1,é\n' >odd.csv
run train --data odd.csv --output odd --quiet
run eval --data odd.csv --output odd
check 'names with commas and quotes: in confusion.csv' \
    [ "$(sed -n 2p odd/confusion.csv)" = '"a, ""b""",2,0' ]
check 'names beyond ASCII' out_has '^     é       .       2$'
run export --output odd --format csv
check 'names with commas and quotes: in exported weights' grep -q '^"a, ""b""",' odd/weights.csv

# ---------------------------------------------------------------------------------------------------------
# Other ways to train

run train --data "$iris" --output warm --l2 1e-3 --tolerance 1e-4 --from model/model.safetensors
check 'train --from: from a trained model it ends at once' out_has '^converged after 0 iterations'
run train --data "$iris" --output part --validation 0.2 --seed 3 --quiet
check 'train --validation fits a temperature' [ "$(py metadata part/model.safetensors temperature)" != '(none)' ]
check 'and the number of rows is recorded' [ "$(py metadata part/model.safetensors validation_rows)" = 30 ]
run eval --data "$iris" --output part
check 'and it is scored' out_has 'calibration error .* at temperature'
run train --data "$iris" --output auto --l2 auto --quiet
check 'train --l2 auto' exit_is 0
check 'train --l2 auto: prints nothing' silent
run train --data "$iris" --output sgd --optimizer sgd --learning-rate 0.5 --epochs 200 --batch-size 10 --l2 1e-3
check 'train --optimizer sgd: near the minimum' near "$(objective)" "$least" 0.02
awk -F , -v OFS=, 'NR > 1 { $1 = 1000 * $1 + 1e6; $2 = 1e-6 * $2; print $1, $2, $3, $4, 7, $5 }' "$iris" >scaled.csv
run train --data scaled.csv --output scaled --l2 1e-3 --tolerance 1e-6
check 'other units, and a column that never changes: the same minimum' near "$(objective)" "$least" 1e-3
run eval --data scaled.csv --output scaled
check 'and the same answers' out_has '^accuracy  98.00 %'

"$program" train --data "$iris" --output half --optimizer sgd --epochs 3000 --checkpoint 1 --quiet &
started=$!
until [ -e half/checkpoint.safetensors ] || ! kill -0 "$started" 2>/dev/null; do sleep 0.01; done
kill -KILL "$started" 2>/dev/null
wait "$started" 2>/dev/null
started=
run train --data "$iris" --output whole --optimizer sgd --epochs 3000 --quiet
run train --data "$iris" --output half --optimizer sgd --epochs 3000 --resume --quiet
check 'killed and resumed: the same model' same whole/model.safetensors half/model.safetensors

# ---------------------------------------------------------------------------------------------------------
# The choice of l2

# Labels that depend little on the columns: a strong penalty is best.
awk 'BEGIN { x = 1; for (n = 0; n < 120; n++) { score = 0
    for (d = 0; d < 20; d++) { x = x * 16807 % 2147483647; v = x / 2147483647 - 0.5; score += d < 2 ? v : 0; printf "%.4f,", v }
    x = x * 16807 % 2147483647; print (score + (x / 2147483647 - 0.5) > 0 ? "yes" : "no") } }' >noisy.csv
l2_of() { py metadata "$1/model.safetensors" l2; }
run train --data noisy.csv --output noisy --l2 auto
cp err noisy.err
check '--l2 auto: begins where the penalty is too strong' holds "$(sed -n 's/^l2 \([^ ]*\) .*/\1/p' noisy.err | head -n 1) >= 2"
check '--l2 auto: a strong penalty is found' holds "$(l2_of noisy) > 0.02"
check '--l2 auto: it is neither the first nor the last tried' sh -c \
    "sed -n 's/^l2 \([^ ]*\) .*/\1/p' noisy.err | sed '1d; \$d' | grep -qx \"$(l2_of noisy)\""
run train --data noisy.csv --output folds --l2 auto --folds 5 --threads 1
check '--folds: prints each strength once' holds "$(grep -c '^l2 ' err) == $(grep '^l2 ' err | sort -u | wc -l)"
check '--folds: is recorded' [ "$(py metadata folds/model.safetensors folds)" = 5 ]
check '--folds: all rows are trained on' [ "$(py metadata folds/model.safetensors training_rows)" = 120 ]
check '--folds: a temperature is fitted' [ "$(py metadata folds/model.safetensors temperature)" != '(none)' ]
run train --data noisy.csv --output again --l2 auto --folds 5 --threads 3 --quiet
check '--folds: the same model from any number of threads' same folds/model.safetensors again/model.safetensors
run train --data noisy.csv --output again --l2 auto --folds 5 --seed 2 --quiet
check '--folds: the seed decides' differ folds/model.safetensors again/model.safetensors
printf '1,2,a\n3,1,b\n2,2,b\n4,3,b\n5,1,b\n' >lone.csv
for options in '--validation 3 --l2 1' '--l2 auto --folds 4' '--l2 auto --validation 0.6'; do
    # shellcheck disable=SC2086  # options
    run train --data lone.csv --output lone $options --quiet
    check "a class of one row is kept in training: $options" [ "$(py metadata lone/model.safetensors class_names | tr '\n' ' ')" = 'a b ' ]
done
run train --data lone.csv --output unused --validation 4
failed 'more validation rows than classes allow' 2 \
    '--validation 4: there are only 5 rows to train on, and 2 classes that need one'
run train --data lone.csv --output unused --l2 auto --folds 5
failed 'more folds than rows' 2 '--folds 5: there are only 4 rows of classes that have two or more'

# ---------------------------------------------------------------------------------------------------------
# Class weights

awk -F , '$5 != "virginica" || NR % 5 == 0' "$iris" >rare.csv
run train --data rare.csv --output plain --l2 0.1 --quiet
run train --data rare.csv --output balanced --l2 0.1 --quiet --class-weight balanced
check '--class-weight: is recorded' [ "$(py metadata balanced/model.safetensors class_weight)" = balanced ]
check '--class-weight none: is not' [ "$(py metadata plain/model.safetensors class_weight)" = '(none)' ]
for name in plain balanced; do run eval --data rare.csv --output $name; done
check '--class-weight balanced: more of a rare class is found' holds \
    "$(py get balanced/metrics.json classes 2 recall) > $(py get plain/metrics.json classes 2 recall)"
# Each row of the rare class as often as makes it as frequent as the others.
awk -F , '{ for (n = $5 == "virginica" ? 5 : 1; n > 0; n--) print }' rare.csv >repeated.csv
run train --data rare.csv --output again --l2 0 --tolerance 1e-9 --class-weight balanced
balanced=$(objective)
run train --data repeated.csv --output again --l2 0 --tolerance 1e-9
check '--class-weight balanced: is as if its rows were repeated' near "$balanced" "$(objective)" 1e-6

# ---------------------------------------------------------------------------------------------------------
# How training ended

run train --data "$iris" --output ended --quiet
check 'converged: says nothing' silent
check 'converged: is recorded' [ "$(py metadata ended/model.safetensors converged)" = yes ]
check 'converged: with a gap within the tolerance' holds "$(py metadata ended/model.safetensors gap) > 0 && $(py metadata ended/model.safetensors gap) <= 1e-4"
# warned TITLE TEXT: the last run succeeded, and printed one line with the text on standard error.
warned() { check "$1" is_warning "$2"; }
is_warning() { exit_is 0 && [ ! -s out ] && [ "$(wc -l <err)" -eq 1 ] && err_has "$1"; }
run train --data "$iris" --output ended --quiet --max-iterations 5
warned 'too few iterations: a warning' 'mnist: not converged: the limit of iterations was reached'
check 'too few iterations: it is recorded' [ "$(py metadata ended/model.safetensors converged)" = no ]
run train --data "$iris" --output ended --quiet --tolerance 1e-16
warned 'beyond precision: a warning' 'mnist: not converged: the tolerance is below what rounding allows; the objective is at most '
check 'beyond precision: the gap is small all the same' holds "$(py metadata ended/model.safetensors gap) > 0 && $(py metadata ended/model.safetensors gap) < 1e-11"
run train --data "$iris" --output ended --quiet --tolerance 1e-12
check 'a table: converges to 1e-12' silent
awk -F , -v OFS=, '{ $1 = sprintf("%.1f", $1 + 1e6); print }' bare.csv >far.csv
run train --data far.csv --output ended --quiet --tolerance 1e-8
check 'floats too coarse for the columns: a warning' err_has "mnist: not converged: the weights, rounded to the floats of a model, are beyond the tolerance; the objective is at most "
check 'floats too coarse: it is recorded' [ "$(py metadata ended/model.safetensors converged)" = no ]
run train --data "$iris" --output ended --validation 30 --l2 1e-7
check 'a lower validation loss before: neither line nor note calls the kept model converged' \
    out_has '^ended after [0-9]* iterations: kept the model of iteration [0-9]*, '
check 'a lower validation loss before: the note' [ "$(py metadata ended/model.safetensors converged)" = no ]
run train --data "$iris" --output ended --validation 30 --l2 1e-7 --tolerance 1
check 'within the tolerance: both do' out_has '^converged after '
check 'within the tolerance: the note' [ "$(py metadata ended/model.safetensors converged)" = yes ]
grep -v versicolor bare.csv >separable.csv
for options in '' '--optimizer sgd --epochs 50'; do
    # shellcheck disable=SC2086  # options
    run train --data separable.csv --output ended --quiet --l2 0 $options
    warned "separable classes without a penalty $options" 'mnist: there is no minimum: the weights separate the classes'
done
run train --data separable.csv --output ended --quiet --l2 1e-9
check 'separable classes with a penalty: converges' silent
run train --data "$iris" --output ended --quiet --l2 0
check 'other classes without a penalty: converges' silent
check 'without a penalty: there is no gap' [ "$(py metadata ended/model.safetensors gap)" = '(none)' ]
rm -rf diverged
for options in '--learning-rate 1000' '--learning-rate 0.2 --l2 1000' '--learning-rate 100000 --l2 1e6 --epochs 100'; do
    # shellcheck disable=SC2086  # options
    run train --data "$iris" --output diverged --quiet --optimizer sgd $options
    rate=${options#* }
    failed "sgd $options: diverges" 1 'training diverged: '
    check "sgd $options: the line names the learning rate" err_has "lower --learning-rate, which is ${rate%% *}"
    check "sgd $options: leaves no model" [ ! -e diverged/model.safetensors ]
done

# ---------------------------------------------------------------------------------------------------------
# Invalid requests

py make images 6 8 3 60 30
py make row 1 4 3 60 30
run train --data images --output images-model --quiet
model=model/model.safetensors
run train --data "$iris" --output unused --copies 2
failed 'copies of a table' 2 "--copies is for images; $iris is a table"
run train --data "$iris" --output unused --features deskew
failed 'a feature map for a table' 2 "--features is for images; $iris is a table"
run train --data row --output unused --features columns
failed 'columns of images' 2 '--features columns is for a table; expected --data FILE'
run train --data images --output unused --label 3
failed 'a label column of images' 2 '--label is for a table; expected --data FILE'
run train --data first.csv --output unused --label kind
failed 'a missing label column' 1 "first.csv: line 1: has no column 'kind' for the labels among its 5"
run train --data bare.csv --output unused --from images-model/model.safetensors
failed 'initial weights for images' 1 'images-model/model.safetensors: is for --features pixels, this training has --features columns'
run train --data odd.csv --output unused --from $model
failed 'initial weights for other columns' 1 "$model: reads 4 columns, the table to train on has 2"
run train --data numbers.csv --output unused --from $model
failed 'initial weights for other classes' 1 "$model: its class 1 is 'setosa', that of the data to train on '0'"
run train --data images --output unused --from $model
failed 'initial weights for a table, data of images' 1 "$model: is for --features columns, this training has --features pixels"
printf '1,2,a\n2,1,a\n' >single.csv
run train --data single.csv --output unused
failed 'one class' 1 "single.csv: has one class only, 'a', expected two or more"
check 'none of them leaves a model' [ ! -e unused/model.safetensors ]
printf '1,2,a\n1,4,b\n' >constant.csv
run train --data constant.csv --output unused --quiet
warned 'train names a constant column' 'constant.csv: column 1 of the features: constant, to within 1e-30, and so without effect'
printf '1,0,5,0,1e-32,0,0,a\n1,0,5,0,2e-32,1,0,b\n' >constants.csv
run train --data constants.csv --output unused --quiet
warned 'train names several, also those that nearly are' 'constants.csv: columns 1, 2, 3, 4, 5 and 1 more of the features: constant'
printf '2,a\n3,b\n' >narrowest.csv
run train --data narrowest.csv --output unused
check 'train summarises a table of one column' grep -q '^narrowest.csv: 2 rows of 1 column, 2 classes: a, b$' err
run train --data numbers.csv --output unused
check 'train summarises the table' grep -q '^numbers.csv: 150 rows of 4 columns, 3 classes: 0, 1, 2$' err
awk -F, -v OFS=, '{ $1 += 1000000; print }' bare.csv >far.csv
run train --data far.csv --output unused
check 'train warns that a mean far exceeds its deviation' grep -q '^far.csv: column 1 of the features: its mean, 1.00001e+06, is far ' err

run eval --output model
failed 'eval without a table' 1 'model/model.safetensors: reads the columns of a table, expected --data FILE'
run eval --output model --data row
failed 'eval: images for a model of a table' 1 'model/model.safetensors: reads the columns of a table, expected --data FILE'
run eval --output images-model --data "$iris"
failed 'eval: a table for a model of images' 1 'images-model/model.safetensors: reads images, expected --data DIR'
run eval --output images-model --data images --label 2
failed 'eval: a label column of images' 2 '--label is for a table; expected --data FILE'
run eval --output images-model --label 2
failed 'eval: a label column of the default images' 2 '--label is for a table; expected --data FILE'
run eval --output images-model --data nowhere --label 2
failed 'eval: a missing table' 1 'nowhere: no such folder or file, expected a folder with IDX files, or a table'
run eval --output model --data nowhere
failed 'eval: a missing table, for a model of a table' 1 'nowhere: no such folder or file, expected'
run train --output unused --data nowhere
failed 'train: a missing table' 1 'nowhere: no such folder or file, expected'
run eval --output nowhere --data "$iris" --mistakes
failed 'eval --mistakes, before the model is opened' 2 "--mistakes is for images; $iris is a table"
run eval --output model --data "$iris" --mistakes
failed 'eval --mistakes' 2 "--mistakes is for images; $iris is a table"
run eval --output model --data "$iris" --train
failed 'eval --train' 2 "--train is for images; $iris is a table"
run eval --output model --data odd.csv
failed 'eval: classes that the model does not know' 1 "odd.csv: line 2, column 3: 'a, \"b\"' is not one of the model's classes"
printf '1,2,setosa\n' >narrow.csv
run eval --output model --data narrow.csv
failed 'eval: other columns' 1 'narrow.csv: has 2 columns of features, the model reads 4'
run predict --output model "$iris"
failed 'predict: labels are not features' 1 "$iris: line 2, column 5: 'setosa' is not a number"
run predict --output model numbers.csv
failed 'predict: other columns' 1 'numbers.csv: has 5 columns, the model reads 4, without labels'
run predict --output model "$root/docs/digits/five.png"
failed 'predict: a picture for a model of a table' 1 "$root/docs/digits/five.png: is a picture, expected a table in CSV or NumPy's format"
run predict --output images-model features.csv
failed 'predict: a table for a model of images' 1 'features.csv: is not a PNG, expected a picture'
"$program" predict --output model - <features.csv >from-input
run predict --output model features.csv
check 'predict: a table from standard input' same from-input out
for option in all recursive show save-normalized=saved reject=0 as-is json; do
    run predict --output model "--$option" features.csv
    failed "predict --$option" 2 "--${option%=*} is for pictures; the model reads the columns of a table"
done
check 'predict: nothing is saved then' [ ! -e saved ]
run predict --output model features.csv features.csv
failed 'predict: two tables' 2 'predict: the model reads the columns of a table, expected one file'
printf '3e38,3e38,3e38,3e38\n' >huge.csv
run predict --output model huge.csv
check 'predict: scores that a float cannot hold' out_has '^virginica,0,0,1$'
printf '3e38,3e38,3e38,3e38,setosa\n' >huge.csv
run eval --output model --data huge.csv
check 'eval: a loss that a float cannot hold' out_has '^mean loss 2[0-9]*\.'
for command in weights report; do
    run "$command" --output model
    failed "$command" 1 'model/model.safetensors: reads the columns of a table, expected a model of images'
done
for format in c onnx; do
    run export --output model --format "$format"
    failed "export --format $format" 1 "model/model.safetensors: is for --features columns, expected pixels, deskew or patches for --format $format"
done
py break-model $model broken.safetensors names
mkdir broken && mv broken.safetensors broken/model.safetensors
run eval --output broken --data "$iris"
failed 'a model with too few names' 1 'broken/model.safetensors: has 2 class_names for 3 classes'

finish
