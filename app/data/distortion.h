/*
 * Distorted copies of images to train on besides the images themselves: each turned, stretched, sheared, shifted
 * and rubbed about a little, as another hand might have written it. (Simard, Steinkraus & Platt 2003, Best
 * practices for convolutional neural networks applied to visual document analysis.)
 */
#pragma once

#include "data/dataset.h"

/* Puts n_copies distorted copies of all of the first n_originals images behind these, copy after copy, each with
 * its label; what follows stays behind them. Which distortions they are depends on the seed, and neither on threads
 * nor on the machine. Fails where memory runs out. */
status dataset_add_copies(dataset *data, size_t n_originals, size_t n_copies, uint64_t seed,
                          const sm_execution *execution, failure *f);
