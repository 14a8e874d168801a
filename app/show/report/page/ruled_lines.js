/* The lines of ruled and squared paper, as data/ruled_lines.c removes them: a stroke from edge to edge is one. */

const LINE_INK = Math.fround(0.1), LINE_LENGTH = 0.7, MARGIN = 0.05, LINE_THICKNESS = 0.03;

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
        const above = first > 0 && ink.values[at(ink, turned, first - 1, j)] > INK_SOLID;
        const below = end < nRows && ink.values[at(ink, turned, end, j)] > INK_SOLID;
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

function removeRuledLines(ink) {
    removeLines(ink, false);
    removeLines(ink, true);
}
