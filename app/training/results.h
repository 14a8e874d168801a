/* The files that a training writes at its end. */
#pragma once

#include "training/training.h"

/* Writes history.csv and model.safetensors to the folder for results; the caller frees *model_path. */
status results_write(training *t, char **model_path, failure *f);
