/*
 * X = L Q by the Gram-Schmidt process on the rows of X, each subtracted twice (Giraud, Langou & Rozloznik 2005, The loss
 * of orthogonality in the Gram-Schmidt orthogonalization process). At the minimum the rows of W are combinations of the
 * samples, W = U Q; then ||W|| = ||U|| and W x_n = U l_n, so that the rows of L are samples with the same minimum.
 */
#include <stdlib.h>

#include "centred.h"

/* What is left of a row is rounding if it is below this part of it. */
static const double ROUNDING = 1e-26;

static dd square_root(dd a)
{
    const double root = sqrt(a.hi);
    const dd rest = dd_subtract(a, dd_product(root, root));
    return dd_quick_sum(root, root > 0 ? rest.hi / (2 * root) : 0);
}

/* Subtracts from a row its parts along the basis [n_basis, length], and adds them to parts [n_basis]. */
static void subtract_parts(size_t n_basis, size_t length, dd_array basis, dd_array row, dd_array parts)
{
    for (size_t q = 0; q < n_basis; q++) {
        const dd part = dd_dot(length, row, dd_from(basis, q * length));
        dd_add_scaled(length, dd_negative(part), dd_from(basis, q * length), row);
        dd_set(parts, q, dd_add(dd_get(parts, q), part));
    }
}

/* Fills L [n_samples, n_samples]; returns how many of its columns are not 0. */
static size_t find_parts(const centred *c, dd_array L)
{
    const size_t n_samples = c->p->n_samples, length = dd_padded(c->p->n_features);
    const dd_array basis = dd_allocate(n_samples * length), row = dd_allocate(length);
    size_t n_basis = 0;
    for (size_t n = 0; n < n_samples; n++) {
        const dd_array parts = dd_from(L, n * n_samples);
        for (size_t d = 0; d < c->p->n_features; d++)
            dd_set(row, d, dd_scale(dd_get(c->columns, d * c->n_padded + n), c->units[d]));
        const dd before = square_root(dd_dot(length, row, row));
        for (int pass = 0; pass < 2; pass++)
            subtract_parts(n_basis, length, basis, row, parts);
        const dd norm = square_root(dd_dot(length, row, row));
        if (norm.hi <= ROUNDING * before.hi)
            continue;
        dd_set(parts, n_basis, norm);
        dd_add_scaled(length, dd_divide(dd_of(1), norm), row, dd_from(basis, n_basis * length));
        n_basis++;
    }
    dd_free(row);
    dd_free(basis);
    return n_basis;
}

centred *centred_reduce(const centred *c)
{
    const size_t n_samples = c->p->n_samples;
    const dd_array L = dd_allocate(n_samples * n_samples);
    const size_t n_basis = find_parts(c, L);
    centred *reduced = centred_allocate(c->p, n_basis + 1);
    for (size_t q = 0; q < n_basis; q++)
        for (size_t n = 0; n < n_samples; n++)
            dd_set(reduced->columns, q * reduced->n_padded + n, dd_get(L, n * n_samples + q));
    centred_finish(reduced);
    dd_free(L);
    return reduced;
}
