/* The sections of the report that show pictures: drawings, weights, test images. */
#pragma once

#include "show/report/page.h"

/* The drawing pad; the weights of each class; the examples. */
print_section print_pad_section, print_weights_section, print_mistakes_section, print_hits_section;

/* The sheets of tiles, as style rules; where each tile belongs in the confusion matrix, and the model, as JSON for the
 * scripts of the page. */
print_section print_sheet_styles, print_image_data, print_model_data;
