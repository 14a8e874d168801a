/* The report: one page of HTML, complete in itself, with a drawing pad to try the model on. */
#pragma once

#include "show/report/input.h"

/* No page is larger: test images are left out first, then the drawing pad. */
enum { REPORT_MAX_BYTES = 3000000 };

/* Whether this program has the reader that the drawing pad needs, which takes a compiler for WebAssembly. */
bool report_has_reader(void);

/* Adds the page to a buffer that is {0}. The same input gives the same bytes. */
status report_print(const report_input *in, buffer *b, failure *f);

/* Adds a page of the pad alone, for a model of images; fails where a report would have none. */
status report_print_demo(const model *m, buffer *b, failure *f);
