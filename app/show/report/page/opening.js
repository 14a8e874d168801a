/* Removal of what is broader than a stroke, as in digits/opening.c: opening by reconstruction. */

const MAX_PASSES = 32, DEVIATIONS_LOST = 4;

/* For each of n values from `first`, `stride` apart, the extreme of the `side` values from `before` places before it;
 * outside, values count as 0. (van Herk 1992.) */
function slide(values, first, n, stride, before, side, extreme) {
    const nPadded = (Math.ceil(n / side) + 1) * side;
    const padded = new Float32Array(nPadded), fromStart = new Float32Array(nPadded), toEnd = new Float32Array(nPadded);
    for (let i = 0; i < n; i++)
        padded[before + i] = values[first + i * stride];
    for (let i = 0; i < nPadded; i++)
        fromStart[i] = i % side === 0 ? padded[i] : extreme(fromStart[i - 1], padded[i]);
    for (let i = nPadded - 1; i >= 0; i--)
        toEnd[i] = (i + 1) % side === 0 ? padded[i] : extreme(toEnd[i + 1], padded[i]);
    for (let i = 0; i < n; i++)
        values[first + i * stride] = extreme(toEnd[i], fromStart[i + side - 1]);
}

/* Grey opening by a square: for each pixel, the highest minimum of a square that holds it. */
function openBySquare({width, height, values}, side) {
    for (const [extreme, before] of [[Math.min, 0], [Math.max, side - 1]]) {
        for (let row = 0; row < height; row++)
            slide(values, row * width, width, 1, before, side, extreme);
        for (let column = 0; column < width; column++)
            slide(values, column, height, width, before, side, extreme);
    }
}

/* Grey reconstruction of `broad` under the map: raises each pixel to the highest value that a path reaches it with. */
function reconstruct({width, height, values}, broad) {
    let changed = true;
    const raise = (at, neighbour) => {
        const raised = Math.min(broad[neighbour], values[at]);
        if (raised > broad[at]) {
            broad[at] = raised;
            changed = true;
        }
    };
    const raiseRow = (row, beside) => {
        const start = row * width;
        for (let column = 0; beside >= 0 && column < width; column++)
            for (let j = Math.max(column - 1, 0); j <= column + 1 && j < width; j++)
                raise(start + column, beside * width + j);
        for (let column = 1; column < width; column++)
            raise(start + column, start + column - 1);
        for (let column = width - 2; column >= 0; column--)
            raise(start + column, start + column + 1);
    };
    for (let pass = 0; changed && pass < MAX_PASSES; pass++) {
        changed = false;
        for (let row = 0; row < height; row++)
            raiseRow(row, row - 1);
        for (let row = height - 2; row >= 0; row--)
            raiseRow(row, row + 1);
    }
}

/* Removes from a map everything connected with a square of `side` pixels, by the contrast that they share. */
function removeBroad(foreground, side, noise) {
    const broad = foreground.values.slice(), lost = Math.fround(DEVIATIONS_LOST * Math.fround(noise));
    openBySquare({width: foreground.width, height: foreground.height, values: broad}, side);
    if (!broad.some((value) => value > 0))
        return;
    reconstruct(foreground, broad);
    broad.forEach((value, i) => {
        if (value > 0)
            foreground.values[i] = Math.max(Math.fround(Math.fround(foreground.values[i] - value) - lost), 0);
    });
}
