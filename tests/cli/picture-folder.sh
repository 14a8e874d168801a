#!/bin/sh
# Folders of pictures as data sets: read as predict reads them, in the order of their names, with what cannot be read in one
# summary; their classes, their checkpoints, and pictures that are added to other data. Prints TAP.
# Usage: tests/cli/picture-folder.sh [PROGRAM]

# shellcheck disable=SC2317  # functions are called by check
set -u
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname -- "$0")/tap.sh"

py() { python3 "$tool" "$@"; }
note() { py metadata model/model.safetensors "$1" | tr '\n' ' '; }

# failed TITLE STATUS TEXT: the last run exited with this status, one line that contains the text, and no output.
failed() { check "$1" is_failure "$2" "$3"; }
is_failure() { exit_is "$1" && [ ! -s out ] && [ "$(grep -c '^mnist: ' err)" -eq 1 ] && err_has "mnist: $2"; }

# ---------------------------------------------------------------------------------------------------------
# Pictures in the form of MNIST's images, and drawn ones

py class-folders "$real" photos 300 0
py sorted-subset "$real" sorted 300
run train --data sorted --output model --quiet
run train --data photos --output again
check 'train: a folder of pictures' exit_is 0
check 'it says how many it read' err_has 'photos: 300 pictures read'
check 'the same model as from IDX files with the images in this order' same model/model.safetensors again/model.safetensors
run train --data photos --output again --threads 3 --quiet
check 'the same model with any number of threads' same model/model.safetensors again/model.safetensors

py class-folders "$real" drawn 60 3
for k in 0 1 2 3 4 5 6 7 8 9; do
    run predict --output model --recursive --save-normalized "seen/$k" "drawn/$k"
done
run train --data drawn --output model --quiet
run train --data seen --output again --quiet
check 'pictures are normalised as predict does it' same model/model.safetensors again/model.safetensors
run eval --data seen --output model --json
check 'eval --json: a folder of pictures prints nothing else' [ ! -s err ]
mv out seen.json
run eval --data drawn --output model --json
check 'eval: the same numbers from drawn and normalised pictures' same out seen.json
check 'eval: of all pictures' [ "$(py get out n_samples)" -eq 60 ]

# ---------------------------------------------------------------------------------------------------------
# Files that are not read

cp -R drawn mixed
mkdir mixed/5/deeper mixed/empty
last=$(cd drawn/5 && find . -name '*.png' | sort | tail -n 1)
mv "mixed/5/$last" mixed/5/deeper/z.PNG
cp "drawn/5/$last" mixed/5/.hidden.png
echo 'not a picture' >mixed/3/notes.txt
run train --data mixed --output again --quiet
check 'hidden files, others and empty folders are passed over, folders in folders are not' silent
check 'the same model' same model/model.safetensors again/model.safetensors
echo 'not a picture' >mixed/3/broken.png
: >mixed/3/empty.png
for i in 1 2 3 4; do printf '\377\330\377' >"mixed/4/$i.jpg"; done
run train --data mixed --output again --quiet
check 'what cannot be read is listed with --quiet, too' exit_is 0
check 'how many there are' [ "$(head -n 1 err)" = 'mixed: 6 pictures left out:' ]
check 'in a line for each reason' [ "$(wc -l <err)" -eq 4 ]
check 'with some of the names' err_has "$(printf '     4: is a JPEG, expected a PNG; ')"
check 'and no more' err_has '(4/1.jpg, 4/2.jpg, 4/3.jpg, ...)'
check 'a name is relative to the folder' err_has '     1: is not a PNG, expected a picture (3/broken.png)'
check 'the same model from the others' same model/model.safetensors again/model.safetensors
mkdir -p bad/0 bad/1 none/0
echo x >bad/1/a.png
run train --data bad --output again
failed 'no picture can be read: an error' 1 'bad: none of its 1 pictures can be read; 1/a.png: is not a PNG'
run train --data none --output again
failed 'no picture at all: an error' 1 'none: contains no pictures, expected a folder of pictures for each class'

# ---------------------------------------------------------------------------------------------------------
# Classes with names

py class-folders "$real" animals 200 0 dog cat 'a bird'
run train --data animals --output model
check 'folders can have any name' exit_is 0
check 'the names are those of the classes' [ "$(note class_names)" = 'a bird cat dog ' ]
run eval --data animals --output model
check 'eval: prints the names' out_has '^ *cat '
check 'eval: images, not rows' out_has ' of [0-9]* images)$'
cat=$(find animals/cat -name '*.png' | sort | head -n 1)
run predict --output model "$cat"
check 'predict: prints the name' out_has "^$cat: cat ("
run predict --output model --show "$cat"
check 'predict --show: prints the name' out_has 'cat ###'
run predict --output model --json "$cat"
check 'predict --json: has the name' out_has '"name": "cat"'
run weights --output model --show
check 'weights --show: prints the name' out_has '^a bird  *cat '
mkdir only && cp -R animals/cat only
run train --data only --output again
failed 'one class only' 1 "only: has one class only, 'cat', expected two or more"
run eval --data only --output model
check 'eval: a folder need not have all classes' exit_is 0
mv only/cat only/cow
run eval --data only --output model
failed 'eval: a folder that is no class' 1 'only/cow: is not a class of the data, whose classes are a bird, cat, ...'
run train --data animals --from seen.json --output again
check '--from: another file is refused' exit_is 1
run train --data animals --from model/model.safetensors --output again --quiet
check '--from: a model of the same names' exit_is 0
py subset "$real" small 2000 200
run train --data small --output digits --quiet
py class-folders "$real" three 200 0 x y z
run train --data three --from model/model.safetensors --output again
failed '--from: a model of other names' 1 "model/model.safetensors: its class 1 is 'a bird', that of the data to train on 'x'"

# ---------------------------------------------------------------------------------------------------------
# Pictures that are added

run train --data small --add photos --output model --validation 0.1
check '--add: trains on both' exit_is 0
check '--add: says how many' err_has 'photos: 300 pictures read'
check '--add: a part of all is held out' [ "$(note validation_images)$(note training_images)" = '230 2070 ' ]
check '--add: the model says how many were added' [ "$(note added_images)" = '300 ' ]
run train --data small --add animals --output again
failed '--add: a folder that is no class' 1 'animals/a bird: is not a class of the data, whose classes are 0 to 9'
run train --data three --add three --output model --quiet
check '--add: with names' exit_is 0
run train --data small --add nowhere --output again
failed '--add: a missing folder' 1 'nowhere: cannot be listed: '
run train --data small --add seen.json --output again
failed '--add: a file' 2 '--add seen.json: is a file, expected a folder'
run train --data "$root/examples/iris.csv" --add photos --output again
failed '--add: is not for tables' 2 '--add is for images; '
run eval --data photos --train --output digits
failed 'eval --train: pictures have no splits' 2 '--train is for IDX files; photos has pictures'
mkdir plain && cp photos/0/*.png plain
run train --data plain --output again
failed 'pictures without folders' 1 'plain: no images of the training set: tried '

# ---------------------------------------------------------------------------------------------------------
# Checkpoints know the data by its content

"$program" train --data small --add photos --output resumed --optimizer sgd --epochs 100000000 --checkpoint 1 >out 2>err &
started=$!
i=0
until grep -q '^epoch 2 ' err || [ $i -ge 200 ]; do
    sleep 0.1
    i=$((i + 1))
done
kill -INT "$started"
wait "$started"
started=
resume() { run train --data small --add "$1" --output resumed --optimizer sgd --epochs 100000000 --checkpoint 1 --resume; }
mv photos moved
find moved/7 -name '*.png' | sort | head -n 1 | xargs rm
resume moved
failed '--resume: other pictures are noticed' 1 'resumed/checkpoint.safetensors: belongs to a run on other data'

finish
