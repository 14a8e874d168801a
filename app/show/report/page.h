/* The page while it is printed, section by section. */
#pragma once

#include "base/buffer.h"
#include "show/report/input.h"
#include "show/report/selection.h"
#include "show/report/sheet.h"

/* More classes than this are shown smaller. */
enum { PAGE_MANY_CLASSES = 20 };

typedef struct page {
    const report_input *in;
    const selection *images; /* the test images on the page */
    sheet image_sheet;       /* tile i shows images->shown[i] */
    sheet weight_sheet;      /* a tile for each class */
    double weight_range;     /* the largest magnitude of a weight */
    bool has_pad;
} page;

/* Prints a section of the page. Only memory can fail, and the buffer records that. */
typedef void print_section(const page *p, buffer *b);
