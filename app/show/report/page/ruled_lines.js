/* The lines of ruled and squared paper, strokes from margin to margin, as digits/ruled_lines.c removes them. */

const LINE_FOREGROUND = Math.fround(0.1), LINE_LENGTH = 0.7, MARGIN = 0.05, LINE_THICKNESS = 0.03;

/* The index of a pixel, with rows and columns exchanged if `turned`. */
function at(foreground, turned, i, j) {
    return turned ? j * foreground.width + i : i * foreground.width + j;
}

/* The share of the columns first .. end - 1 of row i that are foreground. */
function foregroundShare(foreground, turned, i, first, end) {
    let nForeground = 0;
    for (let j = first; j < end; j++)
        nForeground += foreground.values[at(foreground, turned, i, j)] > LINE_FOREGROUND;
    return nForeground / (end - first);
}

function isLineRow(foreground, turned, i, nColumns) {
    const margin = Math.trunc(MARGIN * nColumns) + 1;
    const share = (first, end) => foregroundShare(foreground, turned, i, first, end);
    return share(0, nColumns) > LINE_LENGTH && share(0, margin) > 0.5 && share(nColumns - margin, nColumns) > 0.5;
}

/* Clears rows first .. end - 1 except where a stroke crosses them. */
function removeRows(foreground, turned, first, end, nRows, nColumns) {
    for (let j = 0; j < nColumns; j++) {
        const above = first > 0 && foreground.values[at(foreground, turned, first - 1, j)] > SOLID;
        const below = end < nRows && foreground.values[at(foreground, turned, end, j)] > SOLID;
        for (let i = first; !(above && below) && i < end; i++)
            foreground.values[at(foreground, turned, i, j)] = 0;
    }
}

/* Removes the lines along the rows. */
function removeLines(foreground, turned) {
    const nRows = turned ? foreground.width : foreground.height, nColumns = turned ? foreground.height : foreground.width;
    const thickest = Math.trunc(LINE_THICKNESS * nRows) + 1;
    for (let i = 0; i < nRows; i++) {
        let end = i;
        while (end < nRows && isLineRow(foreground, turned, end, nColumns))
            end++;
        if (end > i && end - i <= thickest)
            removeRows(foreground, turned, i > 0 ? i - 1 : 0, end < nRows ? end + 1 : end, nRows, nColumns);
        i = end;
    }
}

function removeRuledLines(foreground) {
    removeLines(foreground, false);
    removeLines(foreground, true);
}
