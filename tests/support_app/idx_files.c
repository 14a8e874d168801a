#include "support_app/idx_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_app/scratch.h"

static void put(const char *folder, const char *name, const uint8_t *content, size_t size)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    const size_t length = strlen(name);
    if (length < 3 || strcmp(name + length - 3, ".gz") != 0) {
        file_put(path, content, size);
        return;
    }
    size_t packed_size;
    uint8_t *packed = gzip(content, size, &packed_size);
    file_put(path, packed, packed_size);
    free(packed);
}

static uint8_t *start(size_t size, const size_t *dimensions, uint8_t n_dimensions)
{
    uint8_t *content = calloc(size, 1);
    ck_assert_ptr_nonnull(content);
    content[2] = 8;
    content[3] = n_dimensions;
    for (size_t i = 0; i < n_dimensions; i++)
        for (size_t b = 0; b < 4; b++)
            content[4 + 4 * i + b] = (uint8_t)(dimensions[i] >> (8 * (3 - b)));
    return content;
}

void idx_put_images(const char *folder, const char *name, const uint8_t *labels, size_t n, size_t n_rows,
                    size_t n_columns)
{
    const size_t n_pixels = n_rows * n_columns, size = 16 + n * n_pixels;
    uint8_t *content = start(size, (const size_t[]){n, n_rows, n_columns}, 3);
    for (size_t i = 0; i < n; i++) {
        memset(content + 16 + i * n_pixels, (int)(i & 0xff), n_pixels);
        content[16 + i * n_pixels] = labels[i];
    }
    put(folder, name, content, size);
    free(content);
}

void idx_put_labels(const char *folder, const char *name, const uint8_t *labels, size_t n)
{
    uint8_t *content = start(8 + n, &n, 1);
    memcpy(content + 8, labels, n);
    put(folder, name, content, 8 + n);
    free(content);
}
