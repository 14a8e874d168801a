/*
 * Augmentation: augmented copies of images to train on in addition, each rotated, stretched, sheared, shifted and
 * elastically deformed a little, as another hand might have written it. (Simard, Steinkraus & Platt 2003, Best
 * practices for convolutional neural networks applied to visual document analysis.)
 */
#pragma once

#include "data/dataset.h"

/* Inserts n_copies augmented copies of each of the first n_originals images after these: all first copies, then all
 * second ones, and so on, with their labels; the other images follow. Copies depend on the seed, but neither on the
 * number of threads nor on the machine. */
status dataset_add_copies(dataset *data, size_t n_originals, size_t n_copies, uint64_t seed,
                          const sm_execution *execution, failure *f);
