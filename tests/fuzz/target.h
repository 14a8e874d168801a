/* The function that libFuzzer and the replay call with each input. */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* Each target is a file that defines this function. It accepts any input, returns 0, and aborts if a promise is
 * broken. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts, which the fuzzer reports, unless a promise holds. */
void require(int holds, const char *promise);

#endif
