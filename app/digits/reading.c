#include "digits/reading.h"

#include <stdlib.h>

#include "formats/png.h"
#include "model/prediction.h"

status reading_find(const char *name, const picture *grey, const reader *r, reading *made, failure *f)
{
    const model *m = r->m;
    *made = (reading){0};
    if (r->as_is && (grey->width != m->n_columns || grey->height != m->n_rows))
        return fail(f, "%s: is %zu x %zu pixels, expected %zu x %zu with --as-is", name, grey->width, grey->height,
                    m->n_columns, m->n_rows);
    grey_image image;
    status result = picture_to_image(grey, &image, f);
    if (result != STATUS_OK)
        return result;
    if (r->as_is)
        result = digits_take(&image, &(digit_box){0, 0, grey->width, grey->height}, &made->found, f);
    else if (r->all)
        result = digits_find(&image, m->n_rows, m->n_columns, true, &made->found, f);
    else
        result = digits_find_one(&image, m->n_rows, m->n_columns, &made->found, &made->n_apart, f);
    free(image.values);
    return result;
}

/* Classifies the digits that were found. */
static status classify(const char *name, const reader *r, reading *made, failure *f)
{
    const dataset data = {.n_samples = made->found.n,
                          .n_rows = r->m->n_rows,
                          .n_columns = r->m->n_columns,
                          .pixels = made->found.pixels};
    return predict(name, &data, r->m, &r->execution, &made->probabilities, NULL, f);
}

status read_picture(const char *path, const reader *r, reading *made, failure *f)
{
    picture grey = {0};
    *made = (reading){0};
    status result = png_read_grey(path, &grey, f);
    if (result == STATUS_OK)
        result = reading_find(path, &grey, r, made, f);
    if (result == STATUS_OK && made->found.n > 0)
        result = classify(path, r, made, f);
    free(grey.values);
    return result;
}

void reading_destroy(reading *made)
{
    free(made->probabilities);
    digits_destroy(&made->found);
    *made = (reading){0};
}
