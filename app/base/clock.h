/* How long things take. */
#pragma once

/* Seconds on a clock that is never set back. */
double seconds_now(void);
