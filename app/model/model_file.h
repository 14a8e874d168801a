/* The model file: safetensors, readable wherever a linear layer is. */
#pragma once

#include "base/buffer.h"
#include "model/model.h"

/* Reads a model file and checks all of it. On success *m is for model_destroy. Writes the digest of the file's bytes to
 * sha256 [SHA256_TEXT_SIZE], unless that is NULL. */
status model_read(const char *path, model *m, char *sha256, failure *f);

/* The same from the bytes of the file; `name` is for the failure's line. */
status model_parse(const char *name, const uint8_t *content, size_t size, model *m, failure *f);

/* Adds the bytes of the file; the same model gives the same bytes. */
void model_pack(const model *m, buffer *b);

/* Writes the file. */
status model_write(const char *path, const model *m, failure *f);
