/* The brightness of the background under some writing, as digits/background.c fits it. A pad is lit evenly, but the faint
 * edges of strokes take part in the fit, so the polynomial is fitted here too. */

const MAX_FITTED = 40000, N_FITS = 8, BACKGROUND_TERMS = 6;

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

function brightness(coefficients, terms) {
    let sum = 0;
    for (let i = 0; i < BACKGROUND_TERMS; i++)
        sum += coefficients[i] * terms[i];
    return sum;
}

/* The quantile of values, which are reordered, at a share from 0 to 1; 0 of none. (Hoare 1961, Algorithm 65: Find.) */
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

/* The distance, in each direction, between the pixels that are fitted. */
function fitStride(picture) {
    const ratio = picture.width * picture.height / MAX_FITTED;
    return ratio > 1 ? Math.ceil(Math.sqrt(ratio)) : 1;
}

function isMargin(picture, row, column) {
    const margin = Math.trunc(MARGIN_SHARE * Math.min(picture.width, picture.height)) + 1;
    return row < margin || row + margin >= picture.height || column < margin || column + margin >= picture.width;
}

/* The standard deviation of the residuals, from the median of their magnitude. */
function noiseOf(picture, coefficients, startsInMargin, scratch) {
    const stride = startsInMargin ? 1 : fitStride(picture), terms = new Float64Array(BACKGROUND_TERMS);
    let n = 0;
    for (let row = 0; row < picture.height; row += stride) {
        for (let column = 0; column < picture.width; column += stride) {
            if (startsInMargin && !isMargin(picture, row, column))
                continue;
            termsAt(picture, row, column, terms);
            scratch[n++] = Math.abs(picture.values[row * picture.width + column] - brightness(coefficients, terms));
        }
    }
    return 1.4826 * quantile(scratch.subarray(0, n), 0.5);
}

/* Solves the normal equations by elimination; terms that a small picture does not determine stay 0. */
function solve(equations, coefficients) {
    for (let i = 0; i < BACKGROUND_TERMS; i++) {
        if (!(equations[i][i] > 1e-9))
            continue;
        for (let j = 0; j < BACKGROUND_TERMS; j++) {
            const factor = j === i ? 0 : equations[j][i] / equations[i][i];
            for (let k = i; k <= BACKGROUND_TERMS; k++)
                equations[j][k] -= factor * equations[i][k];
        }
    }
    for (let i = 0; i < BACKGROUND_TERMS; i++)
        coefficients[i] = equations[i][i] > 1e-9 ? equations[i][BACKGROUND_TERMS] / equations[i][i] : 0;
}

/* Fits the polynomial to the pixels within `reach` of it. */
function refit(picture, reach, coefficients) {
    const stride = fitStride(picture), terms = new Float64Array(BACKGROUND_TERMS);
    const equations = Array.from({length: BACKGROUND_TERMS}, () => new Float64Array(BACKGROUND_TERMS + 1));
    for (let row = 0; row < picture.height; row += stride) {
        for (let column = 0; column < picture.width; column += stride) {
            const value = picture.values[row * picture.width + column];
            termsAt(picture, row, column, terms);
            if (Math.abs(value - brightness(coefficients, terms)) > reach)
                continue;
            for (let i = 0; i < BACKGROUND_TERMS; i++) {
                for (let j = 0; j < BACKGROUND_TERMS; j++)
                    equations[i][j] += terms[i] * terms[j];
                equations[i][BACKGROUND_TERMS] += terms[i] * value;
            }
        }
    }
    for (let i = 0; i < BACKGROUND_TERMS; i++)
        equations[i][i] += 1e-6;
    solve(equations, coefficients);
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

/* Fits the background: the coefficients of the terms, and the noise. */
function backgroundFit(picture, startsInMargin, scratch) {
    const coefficients = new Float64Array(BACKGROUND_TERMS);
    coefficients[0] = firstBrightness(picture, startsInMargin, scratch);
    let noise = noiseOf(picture, coefficients, startsInMargin, scratch);
    for (let i = 0; i < N_FITS; i++) {
        refit(picture, Math.max(2.5 * noise, 4 * MIN_NOISE), coefficients);
        noise = noiseOf(picture, coefficients, startsInMargin, scratch);
    }
    return {coefficients, noise: Math.max(noise, MIN_NOISE)};
}

function backgroundAt(background, picture, row, column, terms) {
    termsAt(picture, row, column, terms);
    return brightness(background.coefficients, terms);
}

/* The share of the pixels in the margin that differ from the background by no more than noise. */
function backgroundShareOfMargin(background, picture) {
    const terms = new Float64Array(BACKGROUND_TERMS);
    let n = 0, nBackground = 0;
    for (let row = 0; row < picture.height; row++) {
        for (let column = 0; column < picture.width; column++) {
            if (!isMargin(picture, row, column))
                continue;
            const value = picture.values[row * picture.width + column];
            n++;
            nBackground += Math.abs(value - backgroundAt(background, picture, row, column, terms)) <= 4 * background.noise;
        }
    }
    return nBackground / n;
}
