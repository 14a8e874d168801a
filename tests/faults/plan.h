/* Which call fails: told by the environment, and reported when the program ends. */
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

/* What a call is to do. */
typedef enum verdict { CALL_WORKS, CALL_FAILS, CALL_IS_SHORT } verdict;

/* Counts a call of the program. One that is to fail finds errno set; a short one handles a part of its bytes. */
verdict next_verdict(call_kind kind);

/* Whether the program runs: neither what prepares it nor what comes after its end is counted. */
bool is_counting(void);

/* Adds a line on what is still allocated to a report, for each place in the program that allocated it. */
void report_memory(int descriptor);

#endif
