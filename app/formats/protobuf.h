/*
 * The wire format of Protocol Buffers, as much of it as it takes to write messages: a message is its fields one
 * after another, each with a key that holds its number and how its value is written.
 * (https://protobuf.dev/programming-guides/encoding/)
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Adds a field: a whole number, a float, text, or bytes. */
void protobuf_number(buffer *b, unsigned field, uint64_t value);
void protobuf_float(buffer *b, unsigned field, float value);
void protobuf_text(buffer *b, unsigned field, const char *text);
void protobuf_bytes(buffer *b, unsigned field, const void *data, size_t size);

/* Adds a field that is a message, and frees it. One that ran out of memory makes b so. */
void protobuf_message(buffer *b, unsigned field, buffer *message);
