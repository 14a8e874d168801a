/* The strokes that a digit was written with, as digits/stroke.c measures and thickens them. */

/* The mean width of the strokes and their total length, in pixels. */
function measureOutline(foreground) {
    const solid = (row, column) => row >= 0 && row < foreground.height && column >= 0 && column < foreground.width &&
        foreground.values[row * foreground.width + column] > SOLID;
    let area = 0, nSteps = 0;
    for (let row = 0; row < foreground.height; row++) {
        for (let column = 0; column < foreground.width; column++) {
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

/* The distance of each pixel from the nearest one of distance 0, in steps between neighbours. */
function findDistances(distances) {
    for (let row = 1; row + 1 < distances.height; row++)
        for (let column = 1; column + 1 < distances.width; column++)
            relaxFrom(distances, row, column, row - 1, column - 1);
    for (let row = distances.height - 2; row > 0; row--)
        for (let column = distances.width - 2; column > 0; column--)
            relaxFrom(distances, row, column, row + 1, column + 1);
}

/* A map of distances, larger than that of the foreground by a margin: 0 for solid foreground (or, if not `ofForeground`,
 * for everything else), and farther than any pixel for the rest. */
function startDistances(foreground, margin, ofForeground) {
    const width = foreground.width + 2 * margin, height = foreground.height + 2 * margin, far = width * height;
    const map = {width, height, values: new Float32Array(far).fill(ofForeground ? far : 0)};
    for (let row = 0; row < foreground.height; row++)
        for (let column = 0; column < foreground.width; column++)
            if (foreground.values[row * foreground.width + column] > SOLID)
                map.values[(row + margin) * width + column + margin] = ofForeground ? 0 : far;
    return map;
}

/* The mean width of the strokes, their total length, and their largest width. */
function strokeMeasure(foreground) {
    const inside = startDistances(foreground, 1, false);
    findDistances(inside);
    return {...measureOutline(foreground), most: inside.values.reduce((most, value) => Math.max(most, 2 * value - 1), 0)};
}

/* Solid foreground dilated by `radius` pixels. */
function strokeThicken(foreground, radius) {
    const thick = startDistances(foreground, Math.ceil(radius) + 2, true);
    findDistances(thick);
    const reach = Math.fround(Math.fround(radius) + 0.5);
    thick.values.forEach((value, i) => thick.values[i] = Math.min(Math.max(Math.fround(reach - value), 0), 1));
    return thick;
}
