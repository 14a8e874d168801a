/* What is ink in a picture, and what is paper, as data/ink.c finds it. The paper of a pad is flat; a surface is fitted
 * to it all the same, since the faint edges of strokes have a part in that. */

const MAX_FITTED = 40000, N_FITS = 8, N_TERMS = 6;

/* Ink above this is surely ink. */
const INK_SOLID = Math.fround(0.4);

/* Half the step between two brightnesses of 8 bits. */
const MIN_NOISE = 0.5 / 255;

/* Ink differs from paper by more than this, and by more than so many deviations of the noise. */
const MIN_CONTRAST = 0.06, MIN_DEVIATIONS = 8;

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

function brightness(paper, terms) {
    let sum = 0;
    for (let i = 0; i < N_TERMS; i++)
        sum += paper[i] * terms[i];
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

/* The standard deviation of what is left of the fitted pixels, by the median of its magnitude. */
function noiseOf(picture, paper, scratch) {
    const stride = fitStride(picture), terms = new Float64Array(N_TERMS);
    let n = 0;
    for (let row = 0; row < picture.height; row += stride) {
        for (let column = 0; column < picture.width; column += stride) {
            termsAt(picture, row, column, terms);
            scratch[n++] = Math.abs(picture.values[row * picture.width + column] - brightness(paper, terms));
        }
    }
    return 1.4826 * quantile(scratch.subarray(0, n), 0.5);
}

/* Solves the normal equations by elimination; terms that the picture is too small for are left at 0. */
function solve(equations, paper) {
    for (let i = 0; i < N_TERMS; i++) {
        if (!(equations[i][i] > 1e-9))
            continue;
        for (let j = 0; j < N_TERMS; j++) {
            const factor = j === i ? 0 : equations[j][i] / equations[i][i];
            for (let k = i; k <= N_TERMS; k++)
                equations[j][k] -= factor * equations[i][k];
        }
    }
    for (let i = 0; i < N_TERMS; i++)
        paper[i] = equations[i][i] > 1e-9 ? equations[i][N_TERMS] / equations[i][i] : 0;
}

/* Fits the surface to those pixels that are within `reach` of it. */
function refit(picture, reach, paper) {
    const stride = fitStride(picture), terms = new Float64Array(N_TERMS);
    const equations = Array.from({length: N_TERMS}, () => new Float64Array(N_TERMS + 1));
    for (let row = 0; row < picture.height; row += stride) {
        for (let column = 0; column < picture.width; column += stride) {
            const value = picture.values[row * picture.width + column];
            termsAt(picture, row, column, terms);
            if (Math.abs(value - brightness(paper, terms)) > reach)
                continue;
            for (let i = 0; i < N_TERMS; i++) {
                for (let j = 0; j < N_TERMS; j++)
                    equations[i][j] += terms[i] * terms[j];
                equations[i][N_TERMS] += terms[i] * value;
            }
        }
    }
    for (let i = 0; i < N_TERMS; i++)
        equations[i][i] += 1e-6;
    solve(equations, paper);
}

/* Fits the paper, factors of the terms, and gives its noise. */
function fitPaper(picture, scratch) {
    scratch.set(picture.values);
    const paper = new Float64Array(N_TERMS);
    paper[0] = quantile(scratch, 0.5);
    let noise = noiseOf(picture, paper, scratch);
    for (let i = 0; i < N_FITS; i++) {
        refit(picture, Math.max(2.5 * noise, 4 * MIN_NOISE), paper);
        noise = noiseOf(picture, paper, scratch);
    }
    return {paper, noise: Math.max(noise, MIN_NOISE)};
}

/* Leaves in ink how much brighter than paper each pixel is, and gives 1 if what stands out is bright and -1 if it is
 * dark. */
function subtractPaper(picture, paper, noise, ink) {
    const terms = new Float64Array(N_TERMS);
    let bright = 0, dark = 0;
    for (let row = 0; row < picture.height; row++) {
        for (let column = 0; column < picture.width; column++) {
            termsAt(picture, row, column, terms);
            const at = row * picture.width + column;
            const rest = picture.values[at] - brightness(paper, terms);
            bright += Math.max(rest - 4 * noise, 0);
            dark += Math.max(-rest - 4 * noise, 0);
            ink[at] = rest;
        }
    }
    return bright >= dark ? 1 : -1;
}

/* The difference of solid ink from paper: what is above the noise, without the brightest twentieth. */
function fullInk(ink, noise, scratch) {
    let nAbove = 0;
    for (const value of ink)
        if (value > Math.max(4 * noise, MIN_CONTRAST / 2))
            scratch[nAbove++] = value;
    return quantile(scratch.subarray(0, nAbove), 0.95);
}

/* The ink of a picture, 0 paper to 1 ink, as an image; null where nothing stands out from the noise. */
function inkFind(picture) {
    const n = picture.width * picture.height, scratch = new Float32Array(n), ink = new Float32Array(n);
    const {paper, noise} = fitPaper(picture, scratch);
    const sign = subtractPaper(picture, paper, noise, ink);
    for (let i = 0; i < n; i++)
        ink[i] *= sign;
    const full = fullInk(ink, noise, scratch);
    if (!(full > Math.max(MIN_CONTRAST, MIN_DEVIATIONS * noise)))
        return null;
    const none = noise > 1.5 * MIN_NOISE ? 3 * noise : MIN_NOISE;
    for (let i = 0; i < n; i++)
        ink[i] = Math.min(Math.max((ink[i] - none) / (full - none), 0), 1);
    return {width: picture.width, height: picture.height, values: ink};
}
