/* Connected components of the foreground, as digits/connected_components.c finds them for a single digit. */

/* A component of a digit has at least this share of the solid pixels of the largest one. */
const MIN_COMPONENT = 0.08;

/* The surroundings of the paper run along the edge for at least this share of the shorter side. They are dropped if
 * another component, of this share of the shorter side in length, keeps off the edge. */
const MIN_OUTER = 0.25, MIN_INNER_LENGTH = 0.06;

/* The box {left, top, width, height} of the foreground above a threshold; of width 0 if there is none. */
function tighten(foreground, threshold) {
    let left = foreground.width, top = foreground.height, right = 0, bottom = 0;
    for (let row = 0; row < foreground.height; row++) {
        for (let column = 0; column < foreground.width; column++) {
            if (!(foreground.values[row * foreground.width + column] > threshold))
                continue;
            left = Math.min(column, left);
            right = Math.max(column + 1, right);
            top = Math.min(row, top);
            bottom = row + 1;
        }
    }
    return {left, top, width: Math.max(right - left, 0), height: Math.max(bottom - top, 0)};
}

/* Labels the unlabelled foreground next to a pixel like it, and pushes it on the stack. */
function spread(foreground, pixel, labels, stack) {
    const row = Math.trunc(pixel / foreground.width), column = pixel % foreground.width;
    for (let i = Math.max(row - 1, 0); i <= row + 1 && i < foreground.height; i++) {
        for (let j = Math.max(column - 1, 0); j <= column + 1 && j < foreground.width; j++) {
            const next = i * foreground.width + j;
            if (labels[next] !== 0 || !(foreground.values[next] > 0))
                continue;
            labels[next] = labels[pixel];
            stack.push(next);
        }
    }
}

/* Labels the components, [height, width], 0 for background. */
function labelComponents(foreground) {
    const labels = new Int32Array(foreground.values.length), stack = [];
    let n = 0;
    for (let i = 0; i < labels.length; i++) {
        if (labels[i] !== 0 || !(foreground.values[i] > 0))
            continue;
        labels[i] = ++n;
        stack.push(i);
        while (stack.length > 0)
            spread(foreground, stack.pop(), labels, stack);
    }
    return {n, labels};
}

/* The components by their labels: the number of solid pixels, of those at the edge of the picture, and their box. */
function measureComponents(foreground, {n, labels}) {
    const {width, height} = foreground;
    const components = Array.from({length: n + 1}, () => ({nSolid: 0, nOuter: 0, left: width, top: height, right: 0, bottom: 0}));
    labels.forEach((label, i) => {
        const component = components[label], row = Math.trunc(i / width), column = i % width;
        const isSolid = label > 0 && foreground.values[i] > SOLID;
        const isOuter = row === 0 || row + 1 === height || column === 0 || column + 1 === width;
        component.nSolid += isSolid;
        component.nOuter += isSolid && isOuter;
        component.left = Math.min(column, component.left);
        component.top = Math.min(row, component.top);
        component.right = Math.max(column + 1, component.right);
        component.bottom = Math.max(row + 1, component.bottom);
    });
    return components;
}

/* Clears what runs along the edge if another component keeps off it, and specks, which have few solid pixels compared
 * with the largest component. */
function clearRest(foreground) {
    const found = labelComponents(foreground), components = measureComponents(foreground, found);
    const side = Math.min(foreground.width, foreground.height);
    const isInner = (component) => component.nOuter === 0 &&
        Math.max(component.right - component.left, component.bottom - component.top) >= MIN_INNER_LENGTH * side;
    if (components.slice(1).some(isInner))
        for (const component of components)
            component.nSolid = component.nOuter >= MIN_OUTER * side ? 0 : component.nSolid;
    const least = MIN_COMPONENT * components.reduce((most, component) => Math.max(most, component.nSolid), 1);
    found.labels.forEach((label, i) => {
        if (components[label].nSolid < least)
            foreground.values[i] = 0;
    });
}
