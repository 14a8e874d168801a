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
failed 'initial weights for images' 1 'images-model/model.safetensors: reads pixels features, this training makes columns'
run train --data odd.csv --output unused --from $model
failed 'initial weights for other columns' 1 "$model: reads 4 columns, the table to train on has 2"
run train --data numbers.csv --output unused --from $model
failed 'initial weights for other classes' 1 "$model: its class 1 is 'setosa', that of the data to train on '0'"
run train --data images --output unused --from $model
failed 'initial weights for a table, data of images' 1 "$model: reads columns features, this training makes pixels"
printf '1,2,a\n2,1,a\n' >single.csv
run train --data single.csv --output unused
failed 'one class' 1 "single.csv: has one class only, 'a', expected two or more"
check 'none of them leaves a model' [ ! -e unused/model.safetensors ]
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
failed 'eval: a missing table' 1 'nowhere: no such folder'
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
    failed "export --format $format" 1 "model/model.safetensors: reads columns features, expected a model of pixels for --format $format"
done
py break-model $model broken.safetensors names
mkdir broken && mv broken.safetensors broken/model.safetensors
run eval --output broken --data "$iris"
failed 'a model with too few names' 1 'broken/model.safetensors: has 2 class_names for 3 classes'

finish
