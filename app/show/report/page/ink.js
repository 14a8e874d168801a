/* What is ink in a picture, and what is paper, as data/ink.c finds it. */

/* Ink above this is surely ink. */
const INK_SOLID = Math.fround(0.4);

/* Ink differs from paper by more than this, and by more than so many deviations of the noise. */
const MIN_CONTRAST = 0.06, MIN_DEVIATIONS = 8;

/* No stroke has room for a square of this share of the picture's longer side. */
const BROAD = 0.4;

/* Paper that leaves so many times the noise of another is mixed with ink. */
const WORSE_FIT = 2;

/* How much stands out of the noise, over all. */
function massOf(ink, noise) {
    let mass = 0;
    for (const value of ink)
        mass += Math.max(value - 4 * noise, 0);
    return mass;
}

/* By how much each pixel is brighter (sign 1) or darker (sign -1) than paper, without what is broad. */
function subtractPaper(picture, paper, sign) {
    const terms = new Float64Array(PAPER_TERMS), {width, height} = picture;
    const ink = {width, height, values: new Float32Array(width * height)};
    for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
            const rest = picture.values[row * width + column] - paperBrightness(paper, picture, row, column, terms);
            ink.values[row * width + column] = Math.max(sign * rest, 0);
        }
    }
    removeBroad(ink, Math.trunc(BROAD * Math.max(width, height)) + 1, paper.noise);
    return ink;
}

/* The difference of solid ink from paper: what is above the noise, without the brightest twentieth. */
function fullInk(ink, noise, scratch) {
    let nAbove = 0;
    for (const value of ink)
        if (value > Math.max(4 * noise, MIN_CONTRAST / 2))
            scratch[nAbove++] = value;
    return quantile(scratch.subarray(0, nAbove), 0.95);
}

/* Most of a picture is paper, or else most of its margin. */
function choosePaper(picture, scratch) {
    const byMost = paperFit(picture, false, scratch), byMargin = paperFit(picture, true, scratch);
    const fitsWorse = byMost.noise > WORSE_FIT * byMargin.noise || paperShareOfMargin(byMost, picture) < 0.5;
    return fitsWorse && paperShareOfMargin(byMargin, picture) >= 0.5 ? byMargin : byMost;
}

/* The ink of a picture, 0 paper to 1 ink, as an image; null where nothing stands out from the noise. */
function inkFind(picture) {
    const scratch = new Float32Array(picture.width * picture.height);
    const paper = choosePaper(picture, scratch), {noise} = paper;
    const bright = subtractPaper(picture, paper, 1), dark = subtractPaper(picture, paper, -1);
    const ink = massOf(bright.values, noise) >= massOf(dark.values, noise) ? bright : dark;
    const full = fullInk(ink.values, noise, scratch);
    if (!(full > Math.max(MIN_CONTRAST, MIN_DEVIATIONS * noise)))
        return null;
    const none = noise > 1.5 * MIN_NOISE ? 3 * noise : MIN_NOISE;
    ink.values.forEach((value, i) => ink.values[i] = Math.min(Math.max((value - none) / (full - none), 0), 1));
    return ink;
}
