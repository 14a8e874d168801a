/* What hangs together in a map of ink, as data/parts.c finds it for a single digit. */

/* A part of a digit is no less than this share of the largest one. */
const MIN_PART = 0.08;

/* The box {left, top, width, height} of the ink above a threshold; of no width where there is none. */
function tighten(ink, threshold) {
    let left = ink.width, top = ink.height, right = 0, bottom = 0;
    for (let row = 0; row < ink.height; row++) {
        for (let column = 0; column < ink.width; column++) {
            if (!(ink.values[row * ink.width + column] > threshold))
                continue;
            left = Math.min(column, left);
            right = Math.max(column + 1, right);
            top = Math.min(row, top);
            bottom = row + 1;
        }
    }
    return {left, top, width: Math.max(right - left, 0), height: Math.max(bottom - top, 0)};
}

/* Gives those neighbours of a pixel that have none, but ink, its label, and puts them on the stack. */
function spread(ink, pixel, labels, stack) {
    const row = Math.trunc(pixel / ink.width), column = pixel % ink.width;
    for (let i = Math.max(row - 1, 0); i <= row + 1 && i < ink.height; i++) {
        for (let j = Math.max(column - 1, 0); j <= column + 1 && j < ink.width; j++) {
            const next = i * ink.width + j;
            if (labels[next] !== 0 || !(ink.values[next] > 0))
                continue;
            labels[next] = labels[pixel];
            stack.push(next);
        }
    }
}

/* Labels what hangs together, [height, width], 0 for paper. */
function labelParts(ink) {
    const labels = new Int32Array(ink.values.length), stack = [];
    let n = 0;
    for (let i = 0; i < labels.length; i++) {
        if (labels[i] !== 0 || !(ink.values[i] > 0))
            continue;
        labels[i] = ++n;
        stack.push(i);
        while (stack.length > 0)
            spread(ink, stack.pop(), labels, stack);
    }
    return {n, labels};
}

/* Clears whatever has little solid ink next to the largest part: specks. */
function clearSpecks(ink) {
    const {n, labels} = labelParts(ink), nSolid = new Int32Array(n + 1);
    labels.forEach((label, i) => nSolid[label] += label > 0 && ink.values[i] > INK_SOLID);
    const least = MIN_PART * nSolid.reduce((a, b) => Math.max(a, b), 1);
    labels.forEach((label, i) => {
        if (nSolid[label] < least)
            ink.values[i] = 0;
    });
}
