/* Looks for the minimum of random problems with the library, and compares it with a reference of its own. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "summary.h"

static const char USAGE[] =
    "Usage: measure-minimum [OPTION VALUE]...\n"
    "Trains on random problems, and compares each result with a minimum found by Newton's method in double-double.\n"
    "The exit status is 1 if a training failed or said something wrong, or if the reference found no minimum.\n"
    "\n"
    "  --problems N       the problems 0 to N - 1 (default 10000)\n"
    "  --large N          and N larger ones, of 1,000 to 20,000 parameters (default 0)\n"
    "  --seed S           of the problems (default 1)\n"
    "  --type f32|f64     of the samples given to the library (default f32)\n"
    "  --tolerance T      that the library is asked for (default 1e-6)\n"
    "  --threads N        problems at once (default 1)\n"
    "  --list N           problems that failed to be listed (default 10)\n"
    "  --problem N        all about one problem; one below 0 is large problem -1 - N\n"
    "  --only FILE.csv    all about a table, whose last column is the label, as it is and standardised\n"
    "  --l2 X             the penalty for --only (default 1e-4)\n";

typedef struct options {
    size_t n_problems, n_large, n_threads, n_lines;
    uint64_t seed;
    bool has_one;
    long one; /* if so, the number of the only problem */
    const char *path;
    double l2;
    trial_options trial;
} options;

static _Noreturn void fail_usage(const char *text)
{
    (void)fprintf(stderr, "measure-minimum: %s\n%s", text, USAGE);
    exit(2);
}

static double parse_number(const char *text)
{
    char *end;
    const double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value))
        fail_usage("a value is not a number");
    return value;
}

static bool parse_type(const char *text)
{
    if (strcmp(text, "f32") != 0 && strcmp(text, "f64") != 0)
        fail_usage("a type is f32 or f64");
    return strcmp(text, "f64") == 0;
}

static void parse_option(options *o, const char *name, const char *value)
{
    if (strcmp(name, "--only") == 0)
        o->path = value;
    else if (strcmp(name, "--type") == 0)
        o->trial.is_double = parse_type(value);
    else if (strcmp(name, "--problems") == 0)
        o->n_problems = (size_t)parse_number(value);
    else if (strcmp(name, "--large") == 0)
        o->n_large = (size_t)parse_number(value);
    else if (strcmp(name, "--seed") == 0)
        o->seed = (uint64_t)parse_number(value);
    else if (strcmp(name, "--tolerance") == 0)
        o->trial.tolerance = parse_number(value);
    else if (strcmp(name, "--threads") == 0)
        o->n_threads = (size_t)parse_number(value);
    else if (strcmp(name, "--list") == 0)
        o->n_lines = (size_t)parse_number(value);
    else if (strcmp(name, "--l2") == 0)
        o->l2 = parse_number(value);
    else if (strcmp(name, "--problem") == 0) {
        o->one = (long)parse_number(value);
        o->has_one = true;
    } else
        fail_usage("there is no such option");
}

static options parse(int n, char **arguments)
{
    options o = {.n_problems = 10000, .n_threads = 1, .n_lines = 10, .seed = 1, .l2 = 1e-4};
    o.trial = (trial_options){.tolerance = 1e-6, .n_threads = 1};
    for (int i = 1; i < n; i += 2) {
        if (strcmp(arguments[i], "--help") == 0) {
            printf("%s", USAGE);
            exit(0);
        }
        if (i + 1 == n)
            fail_usage("an option has no value");
        parse_option(&o, arguments[i], arguments[i + 1]);
    }
    return o;
}

/* The trial of a random problem; those below 0 are the large ones. */
static trial run_numbered(const options *o, long number, bool is_printed)
{
    problem *p = problem_random(o->seed, (size_t)(number < 0 ? -1 - number : number), number < 0);
    trial t = trial_run(p, &o->trial);
    t.number = number;
    if (is_printed)
        trial_print(&t, p->description);
    problem_free(p);
    return t;
}

/* False if something that the library said is wrong, or could not be checked. */
static bool run_all(const options *o)
{
    const size_t n = o->n_problems + o->n_large;
    trial *trials = allocate(n, sizeof *trials);
    size_t n_done = 0;
    /* The large ones come first, so that none is left for the end. */
#pragma omp parallel for schedule(dynamic, 1) num_threads((int)o->n_threads)
    for (size_t i = 0; i < n; i++) {
        trials[i] = run_numbered(o, i < o->n_large ? -1 - (long)i : (long)(i - o->n_large), false);
        size_t done;
#pragma omp atomic capture
        done = ++n_done;
        if (done % 1000 == 0)
            (void)fprintf(stderr, "%zu of %zu\n", done, n);
    }
    summary_print(n, trials, o->trial.tolerance);
    summary_print_failures(n, trials, o->trial.tolerance, o->n_lines);
    bool is_right = true;
    for (size_t i = 0; i < n; i++)
        is_right = is_right && trial_is_right(&trials[i], o->trial.tolerance);
    free(trials);
    return is_right;
}

static void run_table(const options *o, bool is_standardised)
{
    problem *p = problem_read(o->path, o->l2);
    if (is_standardised)
        problem_standardise(p);
    const trial t = trial_run(p, &o->trial);
    trial_print(&t, is_standardised ? "standardised" : p->description);
    problem_free(p);
}

int main(int n, char **arguments)
{
    const options o = parse(n, arguments);
    if (o.path) {
        run_table(&o, false);
        run_table(&o, true);
    } else if (o.has_one) {
        run_numbered(&o, o.one, true);
    } else {
        return run_all(&o) ? 0 : 1;
    }
    return 0;
}
