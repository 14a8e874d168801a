/* The data that the report is printed from. */
#pragma once

#include "base/digest.h"
#include "data/dataset.h"
#include "model/history.h"
#include "model/model.h"
#include "model/scores.h"

/* Texts may hold any bytes. */
typedef struct report_input {
    const char *folder;                  /* of the model file and the history */
    model m, shown;                      /* the model, and what pixel_model makes of it */
    char model_sha256[SHA256_TEXT_SIZE]; /* of the model file */
    dataset test;
    char *data_folder;
    size_t n_training_images; /* in the folder; 0 if it has none */
    scores s;                 /* on the test images */
    bool has_history;
    history h; /* {0} if there is none */
} report_input;
