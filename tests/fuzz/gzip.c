/* A gzip file: its whole content within limits, and its first bytes. */
#include "base/gzip.h"

#include <stdlib.h>
#include <string.h>

#include "target.h"

enum { HEAD_SIZE = 16 };

static void inflate_whole(const bytes *packed, size_t limit)
{
    bytes content = {NULL, 0}, head = {NULL, 0};
    failure f = {""};
    const status result = gzip_inflate("file", packed, limit + 1, &content, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    require(result == STATUS_OK || !content.data, "a failure leaves nothing");
    const status headed = gzip_inflate("file", packed, HEAD_SIZE, &head, &f);
    require(head.size <= HEAD_SIZE, "the head is no longer than it should be");
    if (result == STATUS_OK)
        require(content.size <= limit + 1, "the limit holds");
    if (result == STATUS_OK && content.size <= limit) {
        require(content.size <= gzip_largest_content(packed->size), "the bound on the content holds");
        require(headed == STATUS_OK, "a file that can be inflated has a head");
        require(head.size == (content.size < HEAD_SIZE ? content.size : HEAD_SIZE), "the head has its full length");
        require(head.size == 0 || memcmp(head.data, content.data, head.size) == 0,
                "the head is that of the content");
    }
    free(head.data);
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
