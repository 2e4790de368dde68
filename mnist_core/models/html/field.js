// The field to draw on: the pen, and the picture of what was drawn. `app.js` has the strokes.

const PEN = 18;
const MARGIN = 10; // Between a digit's strokes and its frame.
const NEAREST = 0.7; // A point that is nearer than this to the previous one adds nothing.
const SMALLEST = 20; // A smaller mark is an accidental click, not a digit.

let stroke = null; // The one that is being drawn, and its pointer.
let pointer = null;

function listenToPen() {
  const field = element("field");
  field.onpointerdown = begin;
  field.onpointermove = extend;
  field.onpointerup = field.onlostpointercapture = end;
  window.onresize = paint;
}

function begin(event) {
  if (event.button !== 0 || stroke) return;
  element("field").setPointerCapture(event.pointerId);
  [pointer, stroke] = [event.pointerId, [place(event)]];
  paint();
}

function extend(event) {
  if (!stroke || event.pointerId !== pointer) return;
  const between = event.getCoalescedEvents?.() ?? [];
  for (const each of between.length ? between : [event]) {
    const [[x, y], [lastX, lastY]] = [place(each), stroke.at(-1)];
    if (Math.hypot(x - lastX, y - lastY) >= NEAREST) stroke.push([x, y]);
  }
  paint();
}

function end(event) {
  if (!stroke || event.pointerId !== pointer) return;
  change([...strokes, stroke]);
}

function place(event) {
  const box = element("field").getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top].map((each) => Math.round(each * 10) / 10);
}

/** Show other strokes and what they are. */
function change(drawn) {
  [strokes, stroke] = [drawn, null];
  const [left, top, right, bottom] = around(strokes.map(boxOf));
  digits = Math.max(right - left, bottom - top) >= SMALLEST ? readNumber(strokes) : [];
  marked = Math.max(0, digits.length - 1);
  show();
}

function paint() {
  const field = element("field");
  const sharpness = window.devicePixelRatio || 1;
  [field.width, field.height] = [field.clientWidth * sharpness, field.clientHeight * sharpness];
  const context = field.getContext("2d");
  context.scale(sharpness, sharpness);
  context.fillStyle = "#000";
  context.fillRect(0, 0, field.clientWidth, field.clientHeight);
  context.strokeStyle = "#fff";
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  for (const each of stroke ? [...strokes, stroke] : strokes) trace(context, each);
  if (digits.length < 2 || stroke) return;
  for (const [n, { box: [left, top, right, bottom] }] of digits.entries()) {
    context.strokeStyle = n === marked ? "#ff6b6b" : "rgba(255, 255, 255, .45)";
    context.lineWidth = n === marked ? 3 : 1.5;
    context.strokeRect(left - MARGIN, top - MARGIN, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN);
  }
}

function trace(context, points) {
  context.beginPath();
  context.moveTo(...points[0]);
  for (let n = 1; n < points.length - 1; n++) {
    const [[x, y], [nextX, nextY]] = [points[n], points[n + 1]];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  context.lineTo(...points.at(-1));
  context.stroke();
}

/** A 28×28 image on a canvas of that size. */
function develop(canvas, image) {
  const pixels = new ImageData(MODEL.rules.side, MODEL.rules.side);
  for (const [n, value] of image.entries()) pixels.data.set([value, value, value, 255], 4 * n);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}
