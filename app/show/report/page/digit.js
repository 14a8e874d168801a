/* The digit in a drawing in the form of the model's images, as digits/digit.c and digits/normalisation.c compute it: with
 * sums in the same order, so that the pixels are the same. They reduce large pictures first; a pad is never so large. */

const BOX_SHARE = 20 / 28, MIN_SOLID = 0.25, THIN_STROKE = 0.07, WANTED_STROKE = 0.11;

/* The limits of what is written with a pen. */
const MEAN_WIDTH = 0.4, MOST_WIDTH = 0.56, LONGEST = 4, MOST_UNEVEN = 2.4, WIDEST_DIGIT = 2.5;

/* The integer nearest to x; of two, the even one, as lrintf() rounds. */
function roundToEven(x) {
    const below = Math.floor(x), rest = x - below;
    return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/* The centre of mass along one axis, in pixels. */
function centreOfMass(image, alongColumns) {
    let mass = 0, moment = 0;
    for (let row = 0; row < image.height; row++) {
        for (let column = 0; column < image.width; column++) {
            const value = image.values[row * image.width + column];
            mass += value;
            moment += value * (alongColumns ? column : row);
        }
    }
    return mass > 0 ? moment / mass : 0;
}

/* The offset of the fitted image that brings its centre of mass as close to the centre as its size allows. */
function offsetFor(centre, size, fittedSize) {
    return Math.min(Math.max(Math.floor(size / 2 - centre + 0.5), 0), size - fittedSize);
}

function fittedSide(side, scale, most) {
    return Math.min(Math.max(Math.floor(side * scale + 0.5), 1), most);
}

function place(foreground, box, nRows, nColumns) {
    const side = BOX_SHARE * Math.min(nRows, nColumns), scale = side / Math.max(box.width, box.height);
    const fitted = {width: fittedSide(box.width, scale, nColumns), height: fittedSide(box.height, scale, nRows)};
    fitted.values = new Float32Array(fitted.width * fitted.height);
    resample(foreground, box, fitted);
    const top = offsetFor(centreOfMass(fitted, false), nRows, fitted.height);
    const left = offsetFor(centreOfMass(fitted, true), nColumns, fitted.width);
    const pixels = new Uint8Array(nRows * nColumns);
    for (let row = 0; row < fitted.height; row++)
        for (let column = 0; column < fitted.width; column++)
            pixels[(top + row) * nColumns + left + column] =
                roundToEven(Math.fround(255 * fitted.values[row * fitted.width + column]));
    return pixels;
}

/* ---------------------------------------------------------------------------------------------- */

/* A copy of the box. */
function cutOut(foreground, box) {
    const alone = {width: box.width, height: box.height, values: new Float32Array(box.width * box.height)};
    for (let row = 0; row < box.height; row++) {
        const start = (box.top + row) * foreground.width + box.left;
        alone.values.set(foreground.values.subarray(start, start + box.width), row * box.width);
    }
    return alone;
}

/* The edge of a stroke is where it has half of the contrast. */
function edgesOf(foreground, modelSide) {
    const scale = modelSide / Math.max(foreground.width, foreground.height);
    return tighten(foreground, scale < 1 ? Math.fround(SOLID * Math.fround(1 - scale)) : -1);
}

/* Whether strokes of solid foreground can be those of a digit. */
function isWritten(stroke, edges) {
    const longer = Math.max(edges.width, edges.height);
    return stroke.width <= MEAN_WIDTH * longer && stroke.most <= MOST_WIDTH * longer &&
        stroke.length <= LONGEST * longer && stroke.most <= MOST_UNEVEN * stroke.width &&
        edges.width <= WIDEST_DIGIT * edges.height;
}

/* The pixels of a digit that is alone in a map of foreground, with thin strokes drawn wider; null for what is not
 * written. */
function normaliseDigit(alone, nRows, nColumns) {
    const modelSide = BOX_SHARE * Math.min(nRows, nColumns), edges = edgesOf(alone, modelSide);
    const longer = Math.max(edges.width, edges.height), stroke = strokeMeasure(alone);
    if (!isWritten(stroke, edges))
        return null;
    if (stroke.width === 0 || stroke.width >= THIN_STROKE * longer)
        return place(alone, edges, nRows, nColumns);
    const thick = strokeThicken(alone, (WANTED_STROKE * longer - stroke.width) / 2);
    return place(thick, edgesOf(thick, modelSide), nRows, nColumns);
}

/* Whether enough of the foreground is solid: strokes, not only faint clouds. */
function hasStrokes(pixels) {
    let nForeground = 0, nSolid = 0;
    for (const value of pixels) {
        nForeground += value > 0;
        nSolid += value > Math.fround(SOLID * 255);
    }
    return nSolid >= MIN_SOLID * nForeground && nForeground > 0;
}

/* Whether a picture has the model's form already: black except for a digit of the right size in the centre. */
function isNormalised(picture, nRows, nColumns) {
    if (picture.height !== nRows || picture.width !== nColumns)
        return false;
    const n = nRows * nColumns, nBlack = picture.values.reduce((sum, value) => sum + (value === 0), 0);
    if (nBlack < Math.trunc(n / 2) || nBlack === n)
        return false;
    const box = tighten(picture, 0), side = BOX_SHARE * Math.min(nRows, nColumns);
    return Math.abs(Math.max(box.width, box.height) - side) <= 1 &&
        Math.abs(centreOfMass(picture, false) - nRows / 2) <= 0.5 &&
        Math.abs(centreOfMass(picture, true) - nColumns / 2) <= 0.5;
}

/* The digit in a picture, 0 black to 1 white, as pixels [nRows, nColumns], 0 background to 255 foreground; null if there
 * is none. */
function digitFind(picture, nRows, nColumns) {
    if (isNormalised(picture, nRows, nColumns))
        return Uint8Array.from(picture.values, (value) => roundToEven(Math.fround(255 * value)));
    const foreground = findForeground(picture);
    if (!foreground)
        return null;
    removeRuledLines(foreground);
    clearRest(foreground);
    const box = tighten(foreground, 0);
    if (box.width === 0)
        return null;
    const pixels = normaliseDigit(cutOut(foreground, box), nRows, nColumns);
    return pixels && hasStrokes(pixels) ? pixels : null;
}
