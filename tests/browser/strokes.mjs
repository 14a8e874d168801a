/* Drawings as strokes: lists of points from (0, 0), the upper left corner, to (1, 1). */

/* Points on an ellipse, from one angle to another; 0 is right, 0.25 below. */
function arc(x, y, width, height, from, to, n = 16) {
    return Array.from({length: n + 1}, (_, i) => {
        const angle = 2 * Math.PI * (from + (to - from) * i / n);
        return [x + width * Math.cos(angle), y + height * Math.sin(angle)];
    });
}

/* Legible digits. */
export const digits = {
    0: [arc(0.5, 0.5, 0.2, 0.3, -0.25, 0.75)],
    1: [[[0.52, 0.15], [0.48, 0.85]]],
    2: [[...arc(0.5, 0.33, 0.2, 0.16, 0.5, 1.05), [0.3, 0.8], [0.45, 0.77], [0.74, 0.8]]],
    3: [[...arc(0.46, 0.32, 0.2, 0.16, 0.6, 1.2), [0.46, 0.48], ...arc(0.46, 0.65, 0.22, 0.18, 0.75, 1.4)]],
    4: [[[0.35, 0.2], [0.3, 0.52], [0.7, 0.5]], [[0.66, 0.18], [0.62, 0.85]]],
    5: [[[0.7, 0.18], [0.4, 0.18], [0.36, 0.45], ...arc(0.47, 0.63, 0.2, 0.2, 0.7, 1.4)]],
    6: [[[0.6, 0.12], [0.42, 0.35], ...arc(0.5, 0.66, 0.16, 0.18, 0.55, 1.55)]],
    7: [[[0.28, 0.22], [0.7, 0.22], [0.45, 0.85]]],
    8: [[...arc(0.5, 0.33, 0.15, 0.16, 0.2, -0.8), ...arc(0.5, 0.66, 0.18, 0.18, -0.25, 0.75)]],
    9: [[...arc(0.48, 0.35, 0.17, 0.17, 0, 1), [0.64, 0.35], [0.62, 0.6], [0.56, 0.88]]],
};

/* The same by another hand: narrow and leaning, with loops, a base under the 1, a bar through the 7 and a closed 4. */
const lean = (strokes) => strokes.map((stroke) => stroke.map(([x, y]) => [0.5 + 0.85 * (x - 0.5) + 0.22 * (0.5 - y), y]));
export const otherHand = Object.fromEntries(Object.entries({
    0: [arc(0.5, 0.5, 0.22, 0.33, -0.2, 0.85)],
    1: [[[0.38, 0.3], [0.52, 0.16], [0.52, 0.84]]],
    2: [[...arc(0.5, 0.33, 0.2, 0.17, 0.55, 1.1), [0.34, 0.74], ...arc(0.33, 0.77, 0.05, 0.05, 0.25, 1, 6), [0.55, 0.82], [0.75, 0.76]]],
    3: [[...arc(0.48, 0.32, 0.19, 0.15, 0.58, 1.22), ...arc(0.48, 0.66, 0.21, 0.18, 0.78, 1.45)]],
    4: [[[0.56, 0.16], [0.28, 0.6], [0.76, 0.6]], [[0.6, 0.4], [0.6, 0.86]]],
    5: [[[0.4, 0.2], [0.38, 0.47], ...arc(0.48, 0.64, 0.19, 0.19, 0.7, 1.42)], [[0.4, 0.2], [0.7, 0.2]]],
    6: [[[0.56, 0.14], [0.36, 0.5], ...arc(0.5, 0.68, 0.17, 0.16, 0.55, 1.5)]],
    7: [[[0.28, 0.2], [0.72, 0.2], [0.5, 0.86]], [[0.4, 0.52], [0.7, 0.5]]],
    8: [[...arc(0.52, 0.33, 0.14, 0.16, 0.2, -0.75), ...arc(0.5, 0.67, 0.17, 0.17, -0.25, 0.78)]],
    9: [[...arc(0.5, 0.34, 0.16, 0.17, 0, 1), [0.66, 0.34], [0.64, 0.86]]],
}).map(([digit, strokes]) => [digit, lean(strokes)]));

/* Scribbles that are not digits, but that page and program must treat alike. */
export const others = {
    nothing: [],
    dot: [[[0.3, 0.7], [0.3, 0.7]]],
    corner: [[[0, 0.1], [0, 0], [0.1, 0]]],
    "ruled-line": [[[0, 0.5], [1, 0.5]], [[0.5, 0.1], [0.45, 0.4]]],
    specks: [[[0.2, 0.2], [0.8, 0.8], [0.2, 0.8], [0.8, 0.2]], [[0.5, 0.05], [0.5, 0.05]], [[0.05, 0.5], [0.05, 0.5]]],
    "more-ink-than-paper": Array.from({length: 12}, (_, i) => [[0, i * 0.06], [1, i * 0.06]]),
    wide: [[[0.05, 0.5], [0.95, 0.52]]],
};

/* The scribbles that might belong to a digit. */
export const isWriting = new Set(["corner", "ruled-line", "specks"]);

/* Random lines, some faint, some thin and some from edge to edge: each [width, grey, from, to], on a canvas of 280 x
   280. The same at every call. */
export function scribbles() {
    let state = 1;
    const random = (n) => {
        state = (state * 16807) % 2147483647;
        return state % n;
    };
    const all = {};
    for (let i = 0; i < 16; i++) {
        const lines = Array.from({length: 1 + random(6)}, () =>
            [1 + random(30), 40 + random(216), [random(280), random(280)], [random(280), random(280)]]);
        if (i % 2)
            lines.push([1 + random(5), 100 + random(156), [0, random(280)], [280, random(280)]]);
        if (i % 4 === 3)
            lines.push([3, 255, [0, 140.5], [280, 140.5]], [3, 200, [70, 0], [70, 280]]);
        all[`scribble ${i}`] = lines;
    }
    return all;
}
