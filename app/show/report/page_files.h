/* The files of page/, which are made part of the program when it is built (see embed.c). */
#pragma once

#include <stddef.h>

typedef struct page_file {
    const char *data; /* [size], not terminated */
    size_t size;
} page_file;

extern const page_file page_template, page_pad, page_style, page_script;
