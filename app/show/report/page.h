/* The page of the report, section by section. */
#pragma once

#include "base/buffer.h"
#include "show/report/selection.h"
#include "show/report/sheet.h"

/* More classes than this are shown smaller. */
enum { PAGE_MANY_CLASSES = 20 };

/* The page while it is printed. */
typedef struct page {
    const report_input *in;
    const selection *images; /* the test images on the page */
    sheet image_sheet;       /* tile i shows images->shown[i] */
    sheet weight_sheet;      /* a tile for each class */
    double weight_range;     /* the largest magnitude of a weight */
    bytes module, model;     /* for the pad, packed by gzip: the reader in WebAssembly, and the model file */
    bool has_pad;
} page;

/* Prints what page/page.html has a name in braces for. Only memory can fail, and the buffer records that. */
typedef void print_section(const page *p, buffer *b);

/* The scores on the test set. */
print_section print_title_section, print_summary_section, print_confusion_section, print_classes_section,
    print_calibration_section, print_diagram_section, print_bins_section, print_coverage_curve_section,
    print_coverages_section;

/* Pictures: the sheets of tiles, as style rules; a sentence in the place of the pad; the weights of each class; the examples; and for the
 * scripts of the page, where each tile belongs in the confusion matrix, as JSON, and the reader and the model, in base64. */
print_section print_sheet_styles, print_missing_pad, print_weights_section, print_mistakes_section,
    print_hits_section, print_image_data, print_module_data, print_model_data;

/* How the model was made: the curves of the history; the model and its data; the notes in its file. */
print_section print_curves_section, print_run_section, print_notes_section;

/* The files of page/ as text, made part of the program when it is built (see embed.c). */
extern const char page_template[], page_demo[], page_pad[], page_style[], page_script[], page_worker[];

/* The reader as a module of WebAssembly (wasm/reader.h); of size 0 if there was no compiler for it. */
extern const char page_module[];
extern const size_t page_module_size;
