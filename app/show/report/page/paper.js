/* The brightness of the paper under some writing, as data/paper.c fits it. The paper of a pad is flat; a surface is fitted
 * to it all the same, since the faint edges of strokes have a part in that. */

const MAX_FITTED = 40000, N_FITS = 8, PAPER_TERMS = 6;

/* The margin of a picture, as a share of its shorter side. */
const MARGIN_SHARE = 0.01;

/* Half the step between two brightnesses of 8 bits. */
const MIN_NOISE = 0.5 / 255;

function scaled(i, n) {
    return n > 1 ? 2 * i / (n - 1) - 1 : 0;
}

/* 1, x, y, x^2, x y, y^2 with x and y from -1 to 1, into terms. */
function termsAt(picture, row, column, terms) {
    const x = scaled(column, picture.width), y = scaled(row, picture.height);
    terms[0] = 1;
    terms[1] = x;
    terms[2] = y;
    terms[3] = x * x;
    terms[4] = x * y;
    terms[5] = y * y;
}

function brightness(factors, terms) {
    let sum = 0;
    for (let i = 0; i < PAPER_TERMS; i++)
        sum += factors[i] * terms[i];
    return sum;
}

/* The value that a share of the values, which it reorders, is below; 0 of none. (Hoare 1961, Algorithm 65: Find.) */
function quantile(values, share) {
    const n = values.length, wanted = Math.trunc(share * (n - 1));
    let low = 0, high = n - 1;
    while (low < high) {
        const pivot = values[wanted];
        let i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i > j)
                break;
            [values[i], values[j]] = [values[j], values[i]];
            i++;
            j--;
        }
        if (j < wanted)
            low = i;
        if (wanted < i)
            high = j;
    }
    return n > 0 ? values[wanted] : 0;
}

/* Every pixel that is fitted, as their distance in each direction. */
function fitStride(picture) {
    const ratio = picture.width * picture.height / MAX_FITTED;
    return ratio > 1 ? Math.ceil(Math.sqrt(ratio)) : 1;
}

function isMargin(picture, row, column) {
    const margin = Math.trunc(MARGIN_SHARE * Math.min(picture.width, picture.height)) + 1;
    return row < margin || row + margin >= picture.height || column < margin || column + margin >= picture.width;
}

/* The standard deviation of what is left of the pixels that the start goes by, by the median of its magnitude. */
function noiseOf(picture, factors, startsInMargin, scratch) {
    const stride = startsInMargin ? 1 : fitStride(picture), terms = new Float64Array(PAPER_TERMS);
    let n = 0;
    for (let row = 0; row < picture.height; row += stride) {
        for (let column = 0; column < picture.width; column += stride) {
            if (startsInMargin && !isMargin(picture, row, column))
                continue;
            termsAt(picture, row, column, terms);
            scratch[n++] = Math.abs(picture.values[row * picture.width + column] - brightness(factors, terms));
        }
    }
    return 1.4826 * quantile(scratch.subarray(0, n), 0.5);
}

/* Solves the normal equations by elimination; terms that the picture is too small for are left at 0. */
function solve(equations, factors) {
    for (let i = 0; i < PAPER_TERMS; i++) {
        if (!(equations[i][i] > 1e-9))
            continue;
        for (let j = 0; j < PAPER_TERMS; j++) {
            const factor = j === i ? 0 : equations[j][i] / equations[i][i];
            for (let k = i; k <= PAPER_TERMS; k++)
                equations[j][k] -= factor * equations[i][k];
        }
    }
    for (let i = 0; i < PAPER_TERMS; i++)
        factors[i] = equations[i][i] > 1e-9 ? equations[i][PAPER_TERMS] / equations[i][i] : 0;
}

/* Fits the surface to those pixels that are within `reach` of it. */
function refit(picture, reach, factors) {
    const stride = fitStride(picture), terms = new Float64Array(PAPER_TERMS);
    const equations = Array.from({length: PAPER_TERMS}, () => new Float64Array(PAPER_TERMS + 1));
    for (let row = 0; row < picture.height; row += stride) {
        for (let column = 0; column < picture.width; column += stride) {
            const value = picture.values[row * picture.width + column];
            termsAt(picture, row, column, terms);
            if (Math.abs(value - brightness(factors, terms)) > reach)
                continue;
            for (let i = 0; i < PAPER_TERMS; i++) {
                for (let j = 0; j < PAPER_TERMS; j++)
                    equations[i][j] += terms[i] * terms[j];
                equations[i][PAPER_TERMS] += terms[i] * value;
            }
        }
    }
    for (let i = 0; i < PAPER_TERMS; i++)
        equations[i][i] += 1e-6;
    solve(equations, factors);
}

/* The median of all pixels, or of those along the margin. */
function firstBrightness(picture, startsInMargin, scratch) {
    let n = 0;
    for (let row = 0; row < picture.height; row++)
        for (let column = 0; column < picture.width; column++)
            if (!startsInMargin || isMargin(picture, row, column))
                scratch[n++] = picture.values[row * picture.width + column];
    return quantile(scratch.subarray(0, n), 0.5);
}

/* Fits the paper: factors of the terms, and its noise. */
function paperFit(picture, startsInMargin, scratch) {
    const factors = new Float64Array(PAPER_TERMS);
    factors[0] = firstBrightness(picture, startsInMargin, scratch);
    let noise = noiseOf(picture, factors, startsInMargin, scratch);
    for (let i = 0; i < N_FITS; i++) {
        refit(picture, Math.max(2.5 * noise, 4 * MIN_NOISE), factors);
        noise = noiseOf(picture, factors, startsInMargin, scratch);
    }
    return {factors, noise: Math.max(noise, MIN_NOISE)};
}

function paperBrightness(paper, picture, row, column, terms) {
    termsAt(picture, row, column, terms);
    return brightness(paper.factors, terms);
}

/* The share of the pixels along the margin that are no further from the paper than its noise explains. */
function paperShareOfMargin(paper, picture) {
    const terms = new Float64Array(PAPER_TERMS);
    let n = 0, nPaper = 0;
    for (let row = 0; row < picture.height; row++) {
        for (let column = 0; column < picture.width; column++) {
            if (!isMargin(picture, row, column))
                continue;
            const value = picture.values[row * picture.width + column];
            n++;
            nPaper += Math.abs(value - paperBrightness(paper, picture, row, column, terms)) <= 4 * paper.noise;
        }
    }
    return nPaper / n;
}
