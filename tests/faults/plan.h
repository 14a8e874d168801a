/* Which call fails: given by the environment, and reported when the program ends. */
#ifndef FAULTS_PLAN_H
#define FAULTS_PLAN_H

#include <stdbool.h>
#include <stddef.h>

typedef enum call_kind {
    CALL_MEMORY,
    CALL_READ,
    CALL_WRITE,
    CALL_OPEN,
    CALL_FSYNC,
    CALL_CLOSE,
    CALL_RENAME,
    CALL_MKDIR,
    CALL_STAT,
    N_CALL_KINDS
} call_kind;

/* The fate of a call. */
typedef enum verdict { CALL_WORKS, CALL_FAILS, CALL_IS_SHORT } verdict;

/* Counts a call of the program. For a failing call errno is set; a short one transfers only some of its bytes. */
verdict next_verdict(call_kind kind);

/* Whether calls are counted: neither during start-up nor after the program's end. */
bool is_counting(void);

/* Reports memory that is still allocated, with a line for each place in the program that allocated it. */
void report_memory(int descriptor);

#endif
