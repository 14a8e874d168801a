/* A gzip file: its whole content within limits, and its first bytes. */
#include "base/gzip.h"

#include <stdlib.h>
#include <string.h>

#include "target.h"

enum { HEAD_SIZE = 16 };

static void inflate_whole(const bytes *packed, size_t limit)
{
    bytes content = {NULL, 0};
    uint8_t head[HEAD_SIZE];
    size_t n_head = 0;
    failure f = {""};
    const status result = gzip_inflate("file", packed, limit, &content, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    require(result == STATUS_OK || !content.data, "a failure leaves nothing");
    const status headed = gzip_inflate_head("file", packed, head, sizeof head, &n_head, &f);
    if (result == STATUS_OK) {
        require(content.size <= limit, "the limit holds");
        require(content.size <= gzip_largest_content(packed->size), "the bound on the content holds");
        require(headed == STATUS_OK, "a file that can be inflated has a head");
        require(n_head == (content.size < sizeof head ? content.size : sizeof head),
                "the head has its full length");
        require(n_head == 0 || memcmp(head, content.data, n_head) == 0, "the head is that of the content");
    }
    free(content.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t limits[] = {0, 24, 1 << 16};
    const bytes packed = {(uint8_t *)(uintptr_t)data, size};
    (void)gzip_has_magic(data, size);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        inflate_whole(&packed, limits[i]);
    return 0;
}
