/* The pen: drawing on a canvas with a mouse, a finger, a pen or the keys, and taking it back. */

const BRUSH = 22, KEY_STEP = 6, MAX_UNDOS = 50;
const KEY_MOVES = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

function clearCanvas(canvas) {
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.fillStyle = "#000";
    context.fillRect(0, 0, canvas.width, canvas.height);
}

function drawStroke(canvas, from, to) {
    const context = canvas.getContext("2d");
    context.strokeStyle = "#fff";
    context.lineWidth = BRUSH;
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(to[0] + 0.01, to[1]); /* a line of no length would not be drawn at all */
    context.stroke();
}

/* Where an event is, in pixels of the canvas. */
function placeOf(canvas, event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width,
        (event.clientY - box.top) * canvas.height / box.height];
}

/* Draws with mouse, finger or pen; onStart is called before each stroke. */
function listenToPointers(canvas, onStart, onChange) {
    const strokes = new Map(); /* the last place of each pointer that is down */
    canvas.addEventListener("pointerdown", (event) => {
        if (event.button !== 0)
            return;
        canvas.setPointerCapture(event.pointerId);
        onStart();
        strokes.set(event.pointerId, placeOf(canvas, event));
        drawStroke(canvas, placeOf(canvas, event), placeOf(canvas, event));
        onChange();
    });
    canvas.addEventListener("pointermove", (event) => {
        const coalesced = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
        for (const step of strokes.has(event.pointerId) ? (coalesced.length ? coalesced : [event]) : []) {
            const to = placeOf(canvas, step);
            drawStroke(canvas, strokes.get(event.pointerId), to);
            strokes.set(event.pointerId, to);
            onChange();
        }
    });
    for (const end of ["pointerup", "pointercancel"])
        canvas.addEventListener(end, (event) => strokes.delete(event.pointerId));
}

/* Draws with the arrow keys: the space bar lowers and lifts the pen. */
function listenToKeys(canvas, pen, onStart, onChange) {
    let place = [canvas.width / 2, canvas.height / 2], isDown = false;
    const show = () => {
        pen.hidden = document.activeElement !== canvas || !canvas.matches(":focus-visible");
        pen.style.left = `${place[0] / canvas.width * canvas.clientWidth}px`;
        pen.style.top = `${place[1] / canvas.height * canvas.clientHeight}px`;
        pen.classList.toggle("down", isDown);
    };
    const move = (by, n) => {
        const to = place.map((c, i) => Math.min(Math.max(c + by[i] * n, 0), canvas.width));
        if (isDown)
            drawStroke(canvas, place, to);
        place = to;
    };
    canvas.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.altKey || event.metaKey)
            return;
        if (event.key in KEY_MOVES)
            move(KEY_MOVES[event.key], event.shiftKey ? 1 : KEY_STEP);
        else if (event.key === " " && !event.repeat)
            isDown = !isDown;
        else
            return;
        if (isDown && event.key === " ")
            onStart();
        if (isDown)
            drawStroke(canvas, place, place);
        event.preventDefault();
        show();
        onChange();
    });
    canvas.addEventListener("focus", show);
    canvas.addEventListener("blur", () => {
        isDown = false;
        show();
    });
}

/* Starts the pen; onChange is called when the drawing has changed. Returns functions that change it as well: undo(), and
 * replace(paint), which clears the canvas and awaits paint(context), unless there is none. */
function startPen(canvas, pen, onChange) {
    const context = canvas.getContext("2d", {willReadFrequently: true}), {width, height} = canvas, earlier = [];
    const remember = () => {
        earlier.push(context.getImageData(0, 0, width, height));
        earlier.splice(0, earlier.length - MAX_UNDOS);
    };
    const replace = async (paint) => {
        remember();
        clearCanvas(canvas);
        await paint?.(context);
        onChange();
    };
    const undo = () => {
        if (earlier.length > 0)
            context.putImageData(earlier.pop(), 0, 0);
        onChange();
    };
    clearCanvas(canvas);
    listenToPointers(canvas, remember, onChange);
    listenToKeys(canvas, pen, remember, onChange);
    return {undo, replace};
}
