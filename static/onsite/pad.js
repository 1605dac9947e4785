// A signature drawn with a finger: strokes of [x, y, milliseconds] on a sheet of 600 × 220, and the picture of them.

const [WIDTH, HEIGHT] = [600, 220];
const MOST = 4000; // points; the server keeps no more

/** `canvas` becomes a sheet to sign on; `strokes` are what was drawn before. `changed` is called after every stroke. */
export function pad(canvas, strokes, changed) {
  [canvas.width, canvas.height] = [WIDTH, HEIGHT];
  const brush = canvas.getContext("2d");
  const began = performance.now();
  let current = null;

  const redraw = () => draw(brush, strokes);
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDTH;
    const y = ((event.clientY - box.top) / box.height) * HEIGHT;
    return [Math.round(x), Math.round(y), Math.round(performance.now() - began)];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    current = [point(event)];
    strokes.push(current);
    redraw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current || strokes.reduce((sum, stroke) => sum + stroke.length, 0) >= MOST) return;
    current.push(point(event));
    redraw();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (current) changed();
      current = null;
    });
  }
  redraw();
  return {
    empty: () => !strokes.some((stroke) => stroke.length > 1),
    clear() {
      strokes.length = 0;
      redraw();
      changed();
    },
    async png() {
      const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
      return blob.arrayBuffer();
    },
  };
}

function draw(brush, strokes) {
  brush.fillStyle = "#fff";
  brush.fillRect(0, 0, WIDTH, HEIGHT);
  Object.assign(brush, { strokeStyle: "#14252d", lineWidth: 4, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    brush.beginPath();
    for (const [x, y] of stroke) brush.lineTo(x, y);
    brush.stroke();
  }
}
