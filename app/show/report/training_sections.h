/* The sections of the report that are about how the model was made. */
#pragma once

#include "show/report/page.h"

/* The curves of the history; the model, its data and its notes. */
print_section print_curves_section, print_run_section;
