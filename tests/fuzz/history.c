/* The history of a training. */
#include "model/history.h"

#include <math.h>
#include <stdlib.h>

#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    history h = {0};
    failure f = {""};
    const status result = history_parse("file", data, size, &h, &f);
    require((result == STATUS_OK) == (f.text[0] == '\0'), "a failure has a line");
    require((result == STATUS_OK) == (h.rows != NULL), "a failure leaves nothing");
    for (size_t i = 0; i < h.n_rows; i++) {
        const history_row *row = &h.rows[i];
        require(isfinite(row->number), "every row has a number");
        require(!isinf(row->objective) && !isinf(row->training_accuracy) && !isinf(row->validation_accuracy) &&
                    !isinf(row->validation_loss),
                "a cell is finite, or nothing");
    }
    free(h.rows);
    return 0;
}
