/* A minimal digit reader: it needs no library, only the header with the model that `mnist export` writes.
 *
 *     mnist train && mnist export
 *     cc -I results digit.c -lm -o digit && ./digit <picture.pgm
 *
 * Standard input is a sequence of binary PGM pictures (P5) without comments, in the form of the training images: 28 x 28
 * pixels, white ink on black. `mnist predict --save-normalized DIR` converts any picture to this form as PNG, and
 * ImageMagick's `convert DIR/0001-NAME.png picture.pgm` converts that to PGM.
 */
#include "digit.h"

#include <stdio.h>

static int read_picture(uint8_t pixels[DIGIT_PIXELS])
{
    unsigned columns, rows, white;
    return scanf("P5 %5u %5u %5u", &columns, &rows, &white) == 3 && columns == DIGIT_COLUMNS &&
           rows == DIGIT_ROWS && white == 255 && getchar() != EOF &&
           fread(pixels, 1, DIGIT_PIXELS, stdin) == DIGIT_PIXELS;
}

int main(void)
{
    uint8_t pixels[DIGIT_PIXELS];
    float probabilities[DIGIT_CLASSES];
    for (int c = getchar(); c != EOF; c = getchar()) {
        if (ungetc(c, stdin) == EOF || !read_picture(pixels)) {
            fprintf(stderr, "digit: expected binary PGM of %d x %d pixels\n", DIGIT_COLUMNS, DIGIT_ROWS);
            return 1;
        }
        const int digit = digit_predict(pixels, probabilities);
        printf("%d (%.1f %%)\n", digit, 100 * (double)probabilities[digit]);
    }
    return 0;
}
