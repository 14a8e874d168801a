/*
 * The checkpoint of a training, checkpoint.safetensors in its folder for results: everything that determines how it
 * continues, with a digest. One that was written by another version, or belongs to other settings or data, is refused.
 */
#pragma once

#include "training/training.h"

/* Writes a checkpoint if one is due by --checkpoint, or, unless there are none, if `at_once`. */
status checkpoint_keep(training *t, bool at_once, failure *f);

/* Puts a training that was just created back to its checkpoint; *found is false if there is none. After a failure *t
 * is for training_destroy alone. */
status checkpoint_restore(training *t, bool *found, failure *f);

/* The same from the content of a checkpoint; `name` is for the failure's line. check_digest is for tests that change
 * a checkpoint: everything else is checked without it as well. */
status checkpoint_parse(training *t, const char *name, const uint8_t *content, size_t size, bool check_digest,
                        failure *f);

/* Removes the checkpoint of a training that has ended. */
void checkpoint_remove(const training *t);
