/* The safetensors format: named arrays after a header in JSON. */
#pragma once

#include "base/status.h"
#include "formats/json.h"

typedef enum tensor_type { TENSOR_F32, TENSOR_F64 } tensor_type;

enum { TENSOR_MAX_DIMENSIONS = 2 };

/* An array, to be written or in a file. */
typedef struct tensor {
    const char *name;
    tensor_type type;
    size_t n_dimensions, shape[TENSOR_MAX_DIMENSIONS]; /* slowest first */
    const void *values;                                /* floats or doubles; in a file their bytes, lowest first */
} tensor;

/* Adds the bytes of a file with the tensors in this order. metadata is an object of strings; its reference is taken over,
 * and NULL is a failed allocation. The same values give the same bytes. */
void safetensors_pack(json_t *metadata, size_t n_tensors, const tensor *tensors, buffer *b);

/* Writes such a file. */
status safetensors_write(const char *path, json_t *metadata, size_t n_tensors, const tensor *tensors, failure *f);

/* A file that was read. Its name, for the failure's line, and its bytes are the caller's and must outlive it. */
typedef struct safetensors {
    const char *name;
    json_t *header;
    const json_t *metadata; /* NULL where there is none */
    const uint8_t *data;    /* [data_size]; offsets count from here */
    size_t data_size;
} safetensors;

/* Reads the header, of at most max_header_bytes. On success *file is for safetensors_close. */
status safetensors_open(const char *name, const uint8_t *content, size_t size, size_t max_header_bytes,
                        safetensors *file, failure *f);
void safetensors_close(safetensors *file);

/* Finds the tensors, given by name, type and number of dimensions; sets the shape of each, without 0, and where in the
 * data its values lie. Fails unless these are all the tensors of the file, and fill the data without overlap. */
status safetensors_find(const safetensors *file, size_t n_tensors, tensor *tensors, failure *f);

/* Copies the values of a found tensor to floats or doubles. */
void safetensors_values(const tensor *t, void *values);

/* The string under a key of the metadata; NULL if there is none. */
const char *safetensors_note(const safetensors *file, const char *key);
