/* The pen that a digit was written with, as data/stroke.c measures and changes it. */

/* The mean width of strokes, and the length of all together, in pixels. */
function measureOutline(ink) {
    const solid = (row, column) => row >= 0 && row < ink.height && column >= 0 && column < ink.width &&
        ink.values[row * ink.width + column] > INK_SOLID;
    let area = 0, nSteps = 0;
    for (let row = 0; row < ink.height; row++) {
        for (let column = 0; column < ink.width; column++) {
            if (!solid(row, column))
                continue;
            area++;
            nSteps += !solid(row - 1, column) + !solid(row + 1, column) + !solid(row, column - 1) +
                !solid(row, column + 1);
        }
    }
    const width = nSteps > 0 ? 2 * area / (nSteps * (Math.PI / 4)) : 0;
    return {width, length: nSteps > 0 ? area / width : 0};
}

/* Float32Array rounds each sum to a float, as C does. */
function relaxFrom(distances, row, column, otherRow, otherColumn) {
    const {width, values} = distances, to = row * width + column, diagonal = Math.fround(1.41421356);
    const relax = (from, step) => {
        const byNeighbour = Math.fround(values[from] + step);
        if (byNeighbour < values[to])
            values[to] = byNeighbour;
    };
    relax(otherRow * width + column, 1);
    relax(otherRow * width + column - 1, diagonal);
    relax(otherRow * width + column + 1, diagonal);
    relax(row * width + otherColumn, 1);
}

/* The distance of each pixel from the nearest one of distance 0, by steps to neighbours. */
function findDistances(distances) {
    for (let row = 1; row + 1 < distances.height; row++)
        for (let column = 1; column + 1 < distances.width; column++)
            relaxFrom(distances, row, column, row - 1, column - 1);
    for (let row = distances.height - 2; row > 0; row--)
        for (let column = distances.width - 2; column > 0; column--)
            relaxFrom(distances, row, column, row + 1, column + 1);
}

/* A map of distances with a margin around that of the ink: 0 where there is solid ink, or, if not `ofInk`, where there is
 * none, and further than any pixel can be elsewhere. */
function startDistances(ink, margin, ofInk) {
    const width = ink.width + 2 * margin, height = ink.height + 2 * margin, far = width * height;
    const map = {width, height, values: new Float32Array(far).fill(ofInk ? far : 0)};
    for (let row = 0; row < ink.height; row++)
        for (let column = 0; column < ink.width; column++)
            if (ink.values[row * ink.width + column] > INK_SOLID)
                map.values[(row + margin) * width + column + margin] = ofInk ? 0 : far;
    return map;
}

/* The mean width of strokes, the length of all together, and the width where it is the most. */
function strokeMeasure(ink) {
    const inside = startDistances(ink, 1, false);
    findDistances(inside);
    return {...measureOutline(ink), most: inside.values.reduce((most, value) => Math.max(most, 2 * value - 1), 0)};
}

/* Solid ink drawn again with a pen that reaches `radius` further. */
function strokeThicken(ink, radius) {
    const thick = startDistances(ink, Math.ceil(radius) + 2, true);
    findDistances(thick);
    const reach = Math.fround(Math.fround(radius) + 0.5);
    thick.values.forEach((value, i) => thick.values[i] = Math.min(Math.max(Math.fround(reach - value), 0), 1));
    return thick;
}
