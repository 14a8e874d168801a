/* The sections of the report that are about the scores on the test set. */
#pragma once

#include "show/report/page.h"

/* The title of the page, for a browser's windows; the scores in brief; the confusion matrix; precision, recall and F1
 * of each class; the reliability diagram, and coverage against accuracy. */
print_section print_title_section, print_summary_section, print_confusion_section, print_classes_section,
    print_calibration_section;
