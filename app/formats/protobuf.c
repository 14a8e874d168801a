#include "formats/protobuf.h"

#include <stdlib.h>
#include <string.h>

typedef enum wire_type { WIRE_VARINT = 0, WIRE_LENGTH = 2, WIRE_32_BITS = 5 } wire_type;

/* A number in groups of 7 bits, lowest first; the highest bit of a byte says that another one follows. */
static void add_varint(buffer *b, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buffer_add_number(b, (value & 0x7f) | 0x80, 1);
    buffer_add_number(b, value, 1);
}

static void add_key(buffer *b, unsigned field, wire_type type)
{
    add_varint(b, (uint64_t)field << 3 | type);
}

void protobuf_number(buffer *b, unsigned field, uint64_t value)
{
    add_key(b, field, WIRE_VARINT);
    add_varint(b, value);
}

void protobuf_float(buffer *b, unsigned field, float value)
{
    add_key(b, field, WIRE_32_BITS);
    buffer_add_values(b, 1, sizeof value, &value);
}

static void add_bytes(buffer *b, unsigned field, const void *data, size_t size)
{
    add_key(b, field, WIRE_LENGTH);
    add_varint(b, size);
    buffer_add(b, data, size);
}

void protobuf_text(buffer *b, unsigned field, const char *text)
{
    add_bytes(b, field, text, strlen(text));
}

void protobuf_message(buffer *b, unsigned field, buffer *message)
{
    b->failed = b->failed || message->failed;
    add_bytes(b, field, message->data, message->size);
    free(message->data);
    *message = (buffer){0};
}
