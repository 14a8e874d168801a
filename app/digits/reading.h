/* From a picture to the classes of its digits. */
#pragma once

#include "base/picture.h"
#include "digits/digit.h"
#include "model/model.h"

/* How pictures are read. */
typedef struct reader {
    const model *m;
    sm_execution execution;
    bool as_is; /* pictures are in the form of the model's images already */
    bool all;   /* a picture may hold several digits */
} reader;

/* The digits of a picture, and their probabilities. */
typedef struct reading {
    digits found;
    float *probabilities; /* [found.n, n_classes] */
    size_t n_apart;       /* digits that could be told apart; 0 if r->all or r->as_is */
} reading;

/* Finds the digits of a picture in grey, without their probabilities; `name` is for the failure's line. *made is for reading_destroy, also after a failure. */
status reading_find(const char *name, const picture *grey, const reader *r, reading *made, failure *f);

/* Reads a picture from a file; the path "-" is standard input. */
status read_picture(const char *path, const reader *r, reading *made, failure *f);
void reading_destroy(reading *made);
