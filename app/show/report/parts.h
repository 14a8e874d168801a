/* The parts of the page, each printed where the template names it. */
#pragma once

#include "show/report/report.h"
#include "show/report/selection.h"
#include "show/report/sheet.h"

/* So many classes are shown smaller. */
enum { PAGE_MANY_CLASSES = 20 };

/* What the parts are printed from. */
typedef struct page {
    const report *r;
    examples mistakes, hits;
    sheet images, weights;
    const size_t *samples; /* [images.n_tiles], rising: which test image is on which tile */
    double weight_range;   /* the highest magnitude of a weight */
    bool has_pad;
} page;

/* Prints a part of the page; what could fail is done before. */
typedef void print_part(const page *p, buffer *b);

print_part print_title_part, print_summary_part, print_pad_part, print_weights_part, print_confusion_part,
    print_classes_part, print_calibration_part, print_mistakes_part, print_hits_part, print_curves_part,
    print_run_part;

/* The rules of style that draw both sheets, and the data that the script reads. */
print_part print_sheet_styles, print_image_data, print_model_data;
