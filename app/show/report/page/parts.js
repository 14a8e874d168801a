/* What hangs together in a map of ink, as data/parts.c finds it for a single digit. */

/* A part of a digit is no less than this share of the largest one. */
const MIN_PART = 0.08;

/* What lies beside the paper takes at least this share of the shorter side along the edge; a part that keeps off it, and
 * is this share of the shorter side long, is what the paper is for. */
const MIN_OUTER = 0.25, MIN_INNER_LENGTH = 0.06;

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

/* Parts by their labels: how many pixels of solid ink, how many of them outermost, and the length of their box. */
function describeParts(ink, {n, labels}) {
    const parts = Array.from({length: n + 1}, () => ({nSolid: 0, nOuter: 0, left: ink.width, top: ink.height, right: 0,
                                                      bottom: 0}));
    labels.forEach((label, i) => {
        const part = parts[label], row = Math.trunc(i / ink.width), column = i % ink.width;
        const isSolid = label > 0 && ink.values[i] > INK_SOLID;
        const isOuter = row === 0 || row + 1 === ink.height || column === 0 || column + 1 === ink.width;
        part.nSolid += isSolid;
        part.nOuter += isSolid && isOuter;
        part.left = Math.min(column, part.left);
        part.top = Math.min(row, part.top);
        part.right = Math.max(column + 1, part.right);
        part.bottom = Math.max(row + 1, part.bottom);
    });
    return parts;
}

/* Clears what runs along the edge while other parts keep off it, and what has little solid ink next to the largest part:
 * specks. */
function clearRest(ink) {
    const found = labelParts(ink), parts = describeParts(ink, found), side = Math.min(ink.width, ink.height);
    const isInner = (part) => part.nOuter === 0 &&
        Math.max(part.right - part.left, part.bottom - part.top) >= MIN_INNER_LENGTH * side;
    if (parts.slice(1).some(isInner))
        for (const part of parts)
            part.nSolid = part.nOuter >= MIN_OUTER * side ? 0 : part.nSolid;
    const least = MIN_PART * parts.reduce((most, part) => Math.max(most, part.nSolid), 1);
    found.labels.forEach((label, i) => {
        if (parts[label].nSolid < least)
            ink.values[i] = 0;
    });
}
