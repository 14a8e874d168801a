/* The model file that a training writes at its end. */
#pragma once

#include "training/outcome.h"

/* Writes model.safetensors to the folder for results. */
status trained_model_write(const training *t, const outcome *o, failure *f);
