#include "summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_COLUMNS = 6 };

static const char *const COLUMNS[N_COLUMNS] = {"all",         "separable",           "nearly",
                                               "overlapping", "small, standardised", "large"};

/* What the rows are computed from: the trials of a column. */
typedef struct group {
    size_t n;
    const trial **trials;
    double tolerance;
    double *scratch; /* [n] */
} group;

static bool belongs(const trial *t, size_t column)
{
    switch (column) {
    case 0:
        return true;
    case N_COLUMNS - 2:
        return t->is_standardised;
    case N_COLUMNS - 1:
        return t->number < 0;
    default:
        return (size_t)t->kind == column - 1;
    }
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of the first n values in scratch, which are sorted. */
static double find_median(const group *g, size_t n)
{
    qsort(g->scratch, n, sizeof *g->scratch, compare_doubles);
    return n == 0 ? HUGE_VAL : (g->scratch[n / 2] + g->scratch[(n - 1) / 2]) / 2;
}

static double count_all(const group *g)
{
    return (double)g->n;
}

static double count_wrong(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        n += trial_is_wrong(g->trials[i], g->tolerance);
    return (double)n;
}

static double count_unfinished(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        n += trial_is_unfinished(g->trials[i], g->tolerance);
    return (double)n;
}

static double count_far(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        n += !(g->trials[i]->value <= 1.1 * g->trials[i]->minimum);
    return (double)n;
}

static double count_modest(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        n += !trial_is_wrong(g->trials[i], g->tolerance) && !trial_is_unfinished(g->trials[i], g->tolerance) &&
             g->trials[i]->info.stop != SM_STOP_CONVERGED;
    return (double)n;
}

static double count_errors(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        n += g->trials[i]->status != SM_OK;
    return (double)n;
}

static double find_worst(const group *g)
{
    double worst = 1;
    for (size_t i = 0; i < g->n; i++)
        worst = fmax(worst, g->trials[i]->value / g->trials[i]->minimum);
    return worst;
}

static double count_lies(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        n += trial_is_lie(g->trials[i]);
    return (double)n;
}

static double find_gap_ratio(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->trials[i]->status == SM_OK)
            g->scratch[n++] = g->trials[i]->info.gap / g->trials[i]->gap;
    return find_median(g, n);
}

static double find_stated_gap(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->trials[i]->status == SM_OK)
            g->scratch[n++] = g->trials[i]->info.gap / g->trials[i]->value;
    return find_median(g, n);
}

static double find_median_time(const group *g)
{
    for (size_t i = 0; i < g->n; i++)
        g->scratch[i] = 1e3 * g->trials[i]->seconds;
    return find_median(g, g->n);
}

static double find_total_time(const group *g)
{
    double sum = 0;
    for (size_t i = 0; i < g->n; i++)
        sum += g->trials[i]->seconds;
    return sum;
}

static double find_mean_time(const group *g)
{
    return 1e3 * find_total_time(g) / (double)g->n;
}

static double find_median_evaluations(const group *g)
{
    for (size_t i = 0; i < g->n; i++)
        g->scratch[i] = (double)g->trials[i]->info.n_evaluations;
    return find_median(g, g->n);
}

static double count_unknown(const group *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n; i++)
        n += !trial_is_known(g->trials[i]);
    return (double)n;
}

static double find_reference_gap(const group *g)
{
    double worst = 0;
    for (size_t i = 0; i < g->n; i++)
        worst = fmax(worst, g->trials[i]->reference_gap / g->trials[i]->minimum);
    return worst;
}

static double find_reference_time(const group *g)
{
    double sum = 0;
    for (size_t i = 0; i < g->n; i++)
        sum += g->trials[i]->reference_seconds;
    return sum;
}

typedef struct row {
    const char *name;
    double (*compute)(const group *g);
} row;

static const row ROWS[] = {
    {"problems", count_all},
    {"above the tolerance, said to have converged", count_wrong},
    {"above the tolerance, said not to have converged", count_unfinished},
    {"within the tolerance, said not to have converged", count_modest},
    {"failed with an error", count_errors},
    {"more than 10 % above the minimum", count_far},
    {"F / minimum, worst", find_worst},
    {"stated gap below the true one", count_lies},
    {"stated gap / true gap, median", find_gap_ratio},
    {"stated gap / F, median", find_stated_gap},
    {"training, median ms", find_median_time},
    {"training, mean ms", find_mean_time},
    {"training, total s", find_total_time},
    {"evaluations, median", find_median_evaluations},
    {"reference gap above 1e-12 of the minimum", count_unknown},
    {"reference gap / minimum, worst", find_reference_gap},
    {"reference, total s", find_reference_time},
};

void summary_print(size_t n, const trial *trials, double tolerance)
{
    group groups[N_COLUMNS];
    for (size_t column = 0; column < N_COLUMNS; column++) {
        group *g = &groups[column];
        *g = (group){0, allocate(n, sizeof *g->trials), tolerance, allocate(n, sizeof *g->scratch)};
        for (size_t i = 0; i < n; i++)
            if (belongs(&trials[i], column))
                g->trials[g->n++] = &trials[i];
        printf("%s %s |", column == 0 ? "| |" : "", COLUMNS[column]);
    }
    printf("\n|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        printf("| %s |", ROWS[i].name);
        for (size_t column = 0; column < N_COLUMNS; column++)
            if (groups[column].n > 0)
                printf(" %.6g |", ROWS[i].compute(&groups[column]));
            else
                printf(" |");
        printf("\n");
    }
    for (size_t column = 0; column < N_COLUMNS; column++) {
        free(groups[column].scratch);
        free(groups[column].trials);
    }
}

/* A failure that is worth a line, and how bad it is. */
typedef struct listed {
    const trial *trial;
    double badness;
} listed;

static int compare_listed(const void *a, const void *b)
{
    const listed *x = a, *y = b;
    return x->badness != y->badness ? (x->badness < y->badness) - (x->badness > y->badness)
                                    : (x->trial > y->trial) - (x->trial < y->trial);
}

static const char *name_failure(const trial *t, double tolerance)
{
    return t->status != SM_OK                  ? "error"
           : trial_is_wrong(t, tolerance)      ? "wrong"
           : trial_is_lie(t)                   ? "gap too low"
           : trial_is_unfinished(t, tolerance) ? "unfinished"
           : !trial_is_known(t)                ? "no reference"
                                               : NULL;
}

void summary_print_failures(size_t n, const trial *trials, double tolerance, size_t n_lines)
{
    listed *list = allocate(n, sizeof *list);
    size_t n_listed = 0;
    for (size_t i = 0; i < n; i++) {
        const trial *t = &trials[i];
        if (name_failure(t, tolerance))
            list[n_listed++] =
                (listed){t, (trial_is_right(t, tolerance) ? 1 : 1e200) * fmax(t->gap / t->value, 1e-30)};
    }
    qsort(list, n_listed, sizeof *list, compare_listed);
    for (size_t i = 0; i < n_listed && i < n_lines; i++) {
        const trial *t = list[i].trial;
        printf("%s--problem %ld: %s: F / minimum %.6g, gap / F stated %.2e, true %.2e; %zu x %zu, %zu classes, l2 "
               "%.2g\n",
               i == 0 ? "\n" : "", t->number, name_failure(t, tolerance), t->value / t->minimum,
               t->info.gap / t->value, t->gap / t->value, t->n_samples, t->n_features, t->n_classes, t->l2);
    }
    free(list);
}
