/* A drawing made into what the model was trained on, as data/digit.c does it. A pad is no larger than what that makes
 * smaller first; all else is here, and in the same order of sums, so that the pixels are the same. */

const SOLID = Math.fround(0.4), MIN_PART = 0.08, LINE_INK = Math.fround(0.1);
const LINE_LENGTH = 0.7, MARGIN = 0.05, LINE_THICKNESS = 0.03, BOX_SHARE = 20 / 28;

/* The whole number nearest to x, of two the even one, as lrintf() has it. */
function roundToEven(x) {
    const below = Math.floor(x), rest = x - below;
    return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}

/* ---------------------------------------------------------------------------------------------- */
/* Lines                                                                                           */

/* The place of a pixel of a map with its rows and columns exchanged where `turned`. */
function at(ink, turned, i, j) {
    return turned ? j * ink.width + i : i * ink.width + j;
}

/* How much of the columns first .. end - 1 of row i has ink, 0 to 1. */
function inkedShare(ink, turned, i, first, end) {
    let nInked = 0;
    for (let j = first; j < end; j++)
        nInked += ink.values[at(ink, turned, i, j)] > LINE_INK;
    return nInked / (end - first);
}

function isLineRow(ink, turned, i, nColumns) {
    const margin = Math.trunc(MARGIN * nColumns) + 1;
    return inkedShare(ink, turned, i, 0, nColumns) > LINE_LENGTH && inkedShare(ink, turned, i, 0, margin) > 0.5 &&
        inkedShare(ink, turned, i, nColumns - margin, nColumns) > 0.5;
}

/* Takes rows first .. end - 1 out, but for where a stroke crosses them. */
function removeRows(ink, turned, first, end, nRows, nColumns) {
    for (let j = 0; j < nColumns; j++) {
        const above = first > 0 && ink.values[at(ink, turned, first - 1, j)] > SOLID;
        const below = end < nRows && ink.values[at(ink, turned, end, j)] > SOLID;
        for (let i = first; !(above && below) && i < end; i++)
            ink.values[at(ink, turned, i, j)] = 0;
    }
}

/* Removes the lines of ruled paper that run along the rows. */
function removeLines(ink, turned) {
    const nRows = turned ? ink.width : ink.height, nColumns = turned ? ink.height : ink.width;
    const thickest = Math.trunc(LINE_THICKNESS * nRows) + 1;
    for (let i = 0; i < nRows; i++) {
        let end = i;
        while (end < nRows && isLineRow(ink, turned, end, nColumns))
            end++;
        if (end > i && end - i <= thickest)
            removeRows(ink, turned, i > 0 ? i - 1 : 0, end < nRows ? end + 1 : end, nRows, nColumns);
        i = end;
    }
}

/* ---------------------------------------------------------------------------------------------- */
/* Connected parts                                                                                 */

/* Gives a pixel's neighbours above a threshold its label, and puts them on the stack. */
function spread(ink, threshold, row, column, label, labels, stack) {
    for (let i = Math.max(row - 1, 0); i <= row + 1 && i < ink.height; i++) {
        for (let j = Math.max(column - 1, 0); j <= column + 1 && j < ink.width; j++) {
            const next = i * ink.width + j;
            if (labels[next] !== 0 || !(ink.values[next] > threshold))
                continue;
            labels[next] = label;
            stack.push(next);
        }
    }
}

/* Labels the part that a pixel belongs to, and describes it; right and bottom lie beyond it. */
function fillPart(ink, threshold, start, label, labels) {
    const found = {nPixels: 0, left: ink.width, top: ink.height, right: 0, bottom: 0}, stack = [start];
    labels[start] = label;
    while (stack.length > 0) {
        const here = stack.pop(), row = Math.trunc(here / ink.width), column = here % ink.width;
        found.nPixels++;
        found.left = Math.min(column, found.left);
        found.right = Math.max(column + 1, found.right);
        found.top = Math.min(row, found.top);
        found.bottom = Math.max(row + 1, found.bottom);
        spread(ink, threshold, row, column, label, labels, stack);
    }
    return found;
}

/* The pixels of the largest part of solid ink. */
function largestSolidPart(ink) {
    const labels = new Int32Array(ink.values.length);
    let largest = 0;
    for (let i = 0; i < labels.length; i++)
        if (labels[i] === 0 && ink.values[i] > SOLID)
            largest = Math.max(fillPart(ink, SOLID, i, 1, labels).nPixels, largest);
    return largest;
}

/* Counts the solid pixels of a part, and clears it if they are fewer than `least`; tells whether it is left. */
function keepPart(ink, part, labels, label, least) {
    let nSolid = 0;
    for (let row = part.top; row < part.bottom; row++)
        for (let i = row * ink.width + part.left; i < row * ink.width + part.right; i++)
            nSolid += labels[i] === label && ink.values[i] > SOLID;
    const isKept = nSolid > 0 && nSolid >= least;
    for (let row = part.top; !isKept && row < part.bottom; row++)
        for (let i = row * ink.width + part.left; i < row * ink.width + part.right; i++)
            if (labels[i] === label)
                ink.values[i] = 0;
    return isKept;
}

function boxOf(part) {
    return {left: part.left, top: part.top, width: part.right - part.left, height: part.bottom - part.top};
}

/* Clears whatever hangs together but holds too little solid ink, and gives the box of the rest; null if nothing is
 * left. */
function keepParts(ink) {
    const least = MIN_PART * largestSolidPart(ink), labels = new Int32Array(ink.values.length);
    const all = {nPixels: 0, left: ink.width, top: ink.height, right: 0, bottom: 0};
    let label = 0;
    for (let i = 0; i < labels.length; i++) {
        if (labels[i] !== 0 || !(ink.values[i] > 0))
            continue;
        const found = fillPart(ink, 0, i, ++label, labels);
        if (!keepPart(ink, found, labels, label, least))
            continue;
        all.nPixels += found.nPixels;
        all.left = Math.min(all.left, found.left);
        all.top = Math.min(all.top, found.top);
        all.right = Math.max(all.right, found.right);
        all.bottom = Math.max(all.bottom, found.bottom);
    }
    return all.nPixels > 0 ? boxOf(all) : null;
}

/* ---------------------------------------------------------------------------------------------- */
/* The model's form                                                                                */

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

/* Where the fitted image starts so that its centre of mass is at the middle, but all of it inside. */
function offsetFor(centre, size, fittedSize) {
    return Math.min(Math.max(Math.floor(size / 2 - centre + 0.5), 0), size - fittedSize);
}

function fittedSide(side, scale, most) {
    return Math.min(Math.max(Math.floor(side * scale + 0.5), 1), most);
}

function place(ink, box, nRows, nColumns) {
    const side = BOX_SHARE * Math.min(nRows, nColumns), scale = side / Math.max(box.width, box.height);
    const fitted = {width: fittedSide(box.width, scale, nColumns), height: fittedSide(box.height, scale, nRows)};
    fitted.values = new Float32Array(fitted.width * fitted.height);
    resample(ink, box, fitted);
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

/* The box of the ink above a threshold, within another box that has some. */
function tighten(ink, within, threshold) {
    const found = {left: ink.width, top: ink.height, right: 0, bottom: 0};
    for (let row = within.top; row < within.top + within.height; row++) {
        for (let column = within.left; column < within.left + within.width; column++) {
            if (!(ink.values[row * ink.width + column] > threshold))
                continue;
            found.left = Math.min(column, found.left);
            found.right = Math.max(column + 1, found.right);
            found.top = Math.min(row, found.top);
            found.bottom = row + 1;
        }
    }
    return boxOf(found);
}

/* The edge of a stroke is where it is half as dark as ink. */
function edgesOf(ink, box, modelSide) {
    const scale = modelSide / Math.max(box.width, box.height);
    return scale < 1 ? tighten(ink, box, Math.fround(SOLID * Math.fround(1 - scale))) : box;
}

/* Whether a picture is in the model's form as it is: black but for a digit of the right size in the middle. */
function isNormalised(picture, nRows, nColumns) {
    const n = nRows * nColumns;
    if (picture.height !== nRows || picture.width !== nColumns)
        return false;
    const nBlack = picture.values.reduce((sum, value) => sum + (value === 0), 0);
    if (nBlack < Math.trunc(n / 2) || nBlack === n)
        return false;
    const box = tighten(picture, {left: 0, top: 0, width: nColumns, height: nRows}, 0);
    const side = BOX_SHARE * Math.min(nRows, nColumns), longer = Math.max(box.width, box.height);
    return Math.abs(longer - side) <= 1 && Math.abs(centreOfMass(picture, false) - nRows / 2) <= 0.5 &&
        Math.abs(centreOfMass(picture, true) - nColumns / 2) <= 0.5;
}

/* The digit in a picture, 0 black to 1 white, as pixels [nRows, nColumns], 0 paper to 255 ink; null if there is none. */
function digitNormalise(picture, nRows, nColumns) {
    if (isNormalised(picture, nRows, nColumns))
        return Uint8Array.from(picture.values, (value) => roundToEven(Math.fround(255 * value)));
    const ink = inkFind(picture);
    if (!ink)
        return null;
    removeLines(ink, false);
    removeLines(ink, true);
    const box = keepParts(ink);
    return box && place(ink, edgesOf(ink, box, BOX_SHARE * Math.min(nRows, nColumns)), nRows, nColumns);
}
