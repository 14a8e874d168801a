/* The steps that all minimisers share. */
#include "minimiser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

sm_minimiser *sm_minimiser_allocate(const sm_minimiser_kind *kind, size_t size_bytes, const sm_problem *problem,
                                    size_t n_state, size_t n_workspace, size_t x_at, const double *x)
{
    sm_minimiser *m = calloc(1, size_bytes);
    double *state = calloc(n_state + n_workspace, sizeof *state);
    if (!m || !state) {
        free(state);
        free(m);
        return NULL;
    }
    *m = (sm_minimiser){.kind = kind, .problem = *problem, .n_state = n_state, .state = state};
    m->x = state + x_at;
    m->workspace = state + n_state;
    m->info.value = m->info.gradient_norm = (double)NAN;
    m->info.gap = HUGE_VAL;
    if (x)
        memcpy(m->x, x, problem->n_parameters * sizeof *x);
    return m;
}

void sm_minimiser_free(sm_minimiser *minimiser)
{
    if (!minimiser)
        return;
    free(minimiser->state);
    free(minimiser);
}

bool sm_minimiser_step(sm_minimiser *minimiser)
{
    sm_info *info = &minimiser->info;
    const bool is_first = info->n_evaluations == 0;
    const size_t n_done = info->n_iterations;
    if (info->status != SM_OK || info->stop != SM_STOP_NONE)
        return false;
    info->status = is_first ? minimiser->kind->begin(minimiser) : minimiser->kind->step(minimiser);
    return info->status == SM_OK && (is_first || info->n_iterations > n_done);
}

const sm_info *sm_minimiser_info(const sm_minimiser *minimiser)
{
    return &minimiser->info;
}

const double *sm_minimiser_x(const sm_minimiser *minimiser)
{
    return minimiser->x;
}

size_t sm_minimiser_state_size(const sm_minimiser *minimiser)
{
    return minimiser->n_state;
}

void sm_minimiser_save(const sm_minimiser *minimiser, double *state)
{
    const sm_info *info = &minimiser->info;
    const double numbers[SM_N_INFO] = {(double)info->n_iterations,
                                       (double)info->n_evaluations,
                                       info->value,
                                       info->gradient_norm,
                                       info->gap,
                                       info->rounding};
    memcpy(state, minimiser->state, minimiser->n_state * sizeof *state);
    memcpy(state, numbers, sizeof numbers);
}

bool sm_read_count(double number, double limit, size_t *count)
{
    if (!(number >= 0 && number < limit && floor(number) == number))
        return false;
    *count = (size_t)number;
    return true;
}

sm_status sm_minimiser_load(sm_minimiser *minimiser, const double *state, size_t n_state)
{
    sm_info *info = &minimiser->info;
    if (n_state != minimiser->n_state)
        return info->status = SM_ERROR_STATE;
    memcpy(minimiser->state, state, n_state * sizeof *state);
    *info = (sm_info){.value = state[2], .gradient_norm = state[3], .gap = state[4], .rounding = state[5]};
    const bool are_counts = sm_read_count(state[0], 0x1p53, &info->n_iterations) &&
                            sm_read_count(state[1], 0x1p53, &info->n_evaluations);
    return info->status = are_counts ? minimiser->kind->load(minimiser) : SM_ERROR_STATE;
}

sm_status sm_minimiser_finish(sm_minimiser *m, double *x, sm_info *info)
{
    while (sm_minimiser_step(m)) {
    }
    const sm_status status = m->info.status;
    if (status == SM_OK) {
        memcpy(x, m->x, m->problem.n_parameters * sizeof *x);
        if (info)
            *info = m->info;
    }
    sm_minimiser_free(m);
    return status;
}
