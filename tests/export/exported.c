/* Classifies images with an exported header: reads raw bytes from standard input, and prints a line for each image
 * with the class and the probabilities. Compiled by tests/cli/export.sh, with the folder of digit.h in the include
 * path. */
#include <stdio.h>

#include "digit.h"

int main(void)
{
    uint8_t pixels[DIGIT_PIXELS];
    float probabilities[DIGIT_CLASSES];
    while (fread(pixels, 1, sizeof pixels, stdin) == sizeof pixels) {
        printf("%d", digit_predict(pixels, probabilities));
        for (int k = 0; k < DIGIT_CLASSES; k++)
            printf(" %.8f", (double)probabilities[k]);
        printf("\n");
    }
    return 0;
}
