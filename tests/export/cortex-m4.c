/*
 * The exported header on a bare Cortex-M4: classifies the images of the file "images", which are in flash, and prints
 * a line for each with the class and the probabilities, in millionths, to the debugger. Built and run by
 * tests/cli/export.sh, in QEMU's model of Arm's MPS2 board.
 */
#include "digit.h"

__asm__(".section .rodata\n"
        "images: .incbin \"images\"\n"
        "images_end:\n"
        ".previous");
extern const uint8_t images[], images_end[];
extern uint8_t stack_top[];

/* Semihosting: a service of the debugger (Arm's ARM DUI 0203, chapter 8). */
enum { WRITE_TEXT = 0x04, EXIT = 0x18, EXIT_NORMALLY = 0x20026 };

static void ask_debugger(int service, uintptr_t argument)
{
    register int r0 __asm__("r0") = service;
    register uintptr_t r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static char *print_number(char *at, uint32_t value)
{
    if (value >= 10)
        at = print_number(at, value / 10);
    *at = (char)('0' + value % 10);
    return at + 1;
}

static void print_answer(int best, const float *probabilities)
{
    char line[16 * (DIGIT_CLASSES + 1)], *at = print_number(line, (uint32_t)best);
    for (int k = 0; k < DIGIT_CLASSES; k++) {
        *at++ = ' ';
        at = print_number(at, (uint32_t)(1e6f * probabilities[k] + 0.5f));
    }
    *at++ = '\n';
    *at = '\0';
    ask_debugger(WRITE_TEXT, (uintptr_t)line);
}

/* Separate from the entry point, which must not use the floating-point unit before it is enabled. */
static __attribute__((noinline)) void read_images(void)
{
    for (const uint8_t *image = images; image < images_end; image += DIGIT_PIXELS) {
        float probabilities[DIGIT_CLASSES];
        const int best = digit_predict(image, probabilities);
        print_answer(best, probabilities);
    }
}

void reset(void);
void reset(void)
{
    *(volatile uint32_t *)0xe000ed88 |= 0xf << 20; /* CPACR: enable the floating-point unit, if there is one */
    __asm__ volatile("dsb\n isb");
    read_images();
    ask_debugger(EXIT, EXIT_NORMALLY);
    for (;;)
        continue;
}

/* The vector table: the stack, and the address of the first instruction. */
__attribute__((section(".vectors"), used)) static void *const vectors[] = {stack_top, (void *)reset};
