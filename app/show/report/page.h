/* The page of the report, section by section, and the images on it. */
#pragma once

#include "show/examples.h"
#include "show/report/report.h"

enum { N_EXAMPLES = 24, MAX_HITS_A_CELL = 24 };

/* The test images that the page shows. Starts as {0}; selection_destroy frees what it holds. */
typedef struct selection {
    size_t n_mistakes, n_hits, n_shown;
    example *mistakes; /* [n_mistakes], at most N_EXAMPLES, most confident first */
    example *hits;     /* [n_hits], at most N_EXAMPLES, least confident first */
    example *shown;    /* [n_shown], in the order of the test set: all images on the page */
} selection;

/* Selects at most n_most images for each cell of the confusion matrix (and at most MAX_HITS_A_CELL for a cell on its
 * diagonal), evenly spread over the test set, and all examples. */
status selection_create(const report_input *in, size_t n_most, selection *sel, failure *f);
void selection_destroy(selection *sel);

/* Images of one size side by side in one PNG, from which the page cuts them out. Starts as {0}; sheet_destroy frees
 * what it holds. */
typedef struct sheet {
    size_t n_tiles, n_across, n_down;
    size_t tile_height, tile_width; /* in pixels of the PNG */
    bytes png;                      /* none if there are no tiles */
} sheet;

/* The images of the examples [n], 0 black to 255 white as they are in the data; large ones are reduced. */
status sheet_of_images(const dataset *data, size_t n, const example *examples, sheet *sh, failure *f);

/* The weights of every class, in the colours of the weights command, all on one scale from -range to +range. */
status sheet_of_weights(const model *m, double range, sheet *sh, failure *f);
void sheet_destroy(sheet *sh);

/* More classes than this are shown smaller. */
enum { PAGE_MANY_CLASSES = 20 };

/* The page while it is printed. */
typedef struct page {
    const report_input *in;
    const selection *images; /* the test images on the page */
    sheet image_sheet;       /* tile i shows images->shown[i] */
    sheet weight_sheet;      /* a tile for each class */
    double weight_range;     /* the largest magnitude of a weight */
    bool has_pad;
} page;

/* Prints what page/page.html has a name in braces for. Only memory can fail, and the buffer records that. */
typedef void print_section(const page *p, buffer *b);

/* The scores on the test set. */
print_section print_title_section, print_summary_section, print_confusion_section, print_classes_section,
    print_calibration_section, print_diagram_section, print_bins_section, print_coverage_curve_section,
    print_coverages_section;

/* Pictures: the sheets of tiles, as style rules; the drawing pad; the weights of each class; the examples; and for the
 * scripts of the page, as JSON, where each tile belongs in the confusion matrix, and the model. */
print_section print_sheet_styles, print_pad_section, print_weights_section, print_mistakes_section,
    print_hits_section, print_image_data, print_model_data;

/* How the model was made: the curves of the history; the model and its data; the notes in its file. */
print_section print_curves_section, print_run_section, print_notes_section;

/* Adds any text so that it reads the same in an element or a quoted attribute: characters that have a meaning in HTML
 * are escaped; bytes that are not valid UTF-8, and control characters, become '?'. */
void buffer_add_html(buffer *b, const char *text);

/* The files of page/ as text, made part of the program when it is built (see embed.c). */
extern const char page_template[], page_pad[], page_style[], page_script[];
