/* The foreground of a picture, as digits/foreground.c finds it. */

/* A pixel of more foreground than this is solid. */
const SOLID = Math.fround(0.4);

/* Foreground differs from background by more than this, and by more than this many deviations of the noise. */
const MIN_CONTRAST = 0.06, MIN_DEVIATIONS = 8;

/* A stroke cannot hold a square of this share of the picture's longer side. */
const BROAD = 0.4;

/* A background with this many times the noise of another includes foreground. */
const WORSE_FIT = 2;

/* The total contrast above the noise. */
function massOf(foreground, noise) {
    let mass = 0;
    for (const value of foreground)
        mass += Math.max(value - 4 * noise, 0);
    return mass;
}

/* By how much each pixel is brighter (sign 1) or darker (sign -1) than the background, without what is broad. */
function subtractBackground(picture, background, sign) {
    const terms = new Float64Array(BACKGROUND_TERMS), {width, height} = picture;
    const foreground = {width, height, values: new Float32Array(width * height)};
    for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
            const rest = picture.values[row * width + column] - backgroundAt(background, picture, row, column, terms);
            foreground.values[row * width + column] = Math.max(sign * rest, 0);
        }
    }
    removeBroad(foreground, Math.trunc(BROAD * Math.max(width, height)) + 1, background.noise);
    return foreground;
}

/* The contrast of solid foreground: the 95 % quantile of what is above the noise. */
function fullContrast(foreground, noise, scratch) {
    let nAbove = 0;
    for (const value of foreground)
        if (value > Math.max(4 * noise, MIN_CONTRAST / 2))
            scratch[nAbove++] = value;
    return quantile(scratch.subarray(0, nAbove), 0.95);
}

/* Background is most of a picture, or else most of its margin. */
function chooseBackground(picture, scratch) {
    const byMost = backgroundFit(picture, false, scratch), byMargin = backgroundFit(picture, true, scratch);
    const fitsWorse = byMost.noise > WORSE_FIT * byMargin.noise || backgroundShareOfMargin(byMost, picture) < 0.5;
    return fitsWorse && backgroundShareOfMargin(byMargin, picture) >= 0.5 ? byMargin : byMost;
}

/* The foreground of a picture as an image, 0 background to 1 foreground; null if nothing stands out from the noise. */
function findForeground(picture) {
    const scratch = new Float32Array(picture.width * picture.height);
    const background = chooseBackground(picture, scratch), {noise} = background;
    const bright = subtractBackground(picture, background, 1), dark = subtractBackground(picture, background, -1);
    const foreground = massOf(bright.values, noise) >= massOf(dark.values, noise) ? bright : dark;
    const full = fullContrast(foreground.values, noise, scratch);
    if (!(full > Math.max(MIN_CONTRAST, MIN_DEVIATIONS * noise)))
        return null;
    const none = noise > 1.5 * MIN_NOISE ? 3 * noise : MIN_NOISE;
    foreground.values = foreground.values.map((value) => Math.min(Math.max((value - none) / (full - none), 0), 1));
    return foreground;
}
