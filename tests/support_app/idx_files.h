/* Small files in the IDX format. */
#ifndef TESTS_IDX_FILES_H
#define TESTS_IDX_FILES_H

#include <stddef.h>
#include <stdint.h>

/* Writes folder/name, compressed if the name ends in .gz. The first pixel of an image is its label; the others are its
 * number modulo 256. */
void idx_put_images(const char *folder, const char *name, const uint8_t *labels, size_t n, size_t n_rows,
                    size_t n_columns);
void idx_put_labels(const char *folder, const char *name, const uint8_t *labels, size_t n);

#endif
