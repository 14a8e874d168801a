/* The machine: its clock, its memory, and the threads and the instruction set that the library computes with. */
#pragma once

#include "base/options.h"

/* Seconds on a clock that is never set back. */
double seconds_now(void);

/* Half of the machine's memory in bytes, or of the memory that its container may use. */
size_t half_of_memory(void);

/* All threads, and the instruction set of $MNIST_ISA, a text that must outlive the result. */
sm_execution default_execution(void);

/* Fails if the machine does not have the instruction set of $MNIST_ISA. */
status check_instruction_set(failure *f);

/* --threads, the same for every command that has it. */
option_spec threads_option(sm_execution *execution);
