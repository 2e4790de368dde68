// The field that is drawn on.
//
// It keeps the marks that the person makes, in their order: strokes, and presses of keys and buttons. Each new mark sends
// the whole list. The app answers with the strokes on its sheet and the marks that it has dealt with. So neither side
// loses a stroke or applies a press to the wrong strokes, whenever the messages arrive.

const NEAREST = 0.7; // A point that is nearer than this to the previous one adds nothing.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const [STEP, SMALL_STEP] = [8, 2]; // of the pen by an arrow key, and with Shift
const TEXT_FIELDS =
  "input:not([type='checkbox'], [type='radio'], [type='range'], [type='file']), textarea, select, [contenteditable='true']";
const GHOSTS = {
  0: [[36, 2], [12, 18], [2, 52], [14, 86], [36, 100], [58, 84], [68, 50], [58, 16], [34, 2]],
  2: [[6, 22], [20, 3], [42, 2], [56, 18], [52, 40], [32, 66], [4, 98], [30, 94], [66, 98]],
}; // faint digits that invite to draw, 100 high
const CONTROLS = "button, a, summary, [role='slider'], [role='tab'], [role='option'], [role='radio']";

class Field {
  constructor(root) {
    this.canvas = root.querySelector("canvas");
    this.marks = [];
    this.stroke = null; // the one that is being drawn
    this.pointer = null; // what draws it; null: the keys
    this.held = []; // presses meanwhile
    this.spot = null; // where the arrow keys have moved the pen, while the field has the focus
    this.arrows = new Set(); // two at once move it aslant
    this.canvas.onpointerdown = (event) => this.begin(event);
    this.canvas.onpointermove = (event) => this.extend(event);
    this.canvas.onpointerup = this.canvas.onlostpointercapture = (event) => this.end(event);
    this.canvas.onkeydown = (event) => this.steer(event);
    this.canvas.onkeyup = (event) => this.arrows.delete(event.key);
    this.canvas.onblur = () => this.leave();
    this.listeners = { keydown: (event) => this.key(event), click: (event) => this.click(event) };
    for (const [kind, listener] of Object.entries(this.listeners))
      window.addEventListener(kind, listener, true); // before Streamlit's own listeners, which `press` keeps from hearing of it
    this.size = new ResizeObserver(() => this.data && this.paint());
    this.size.observe(this.canvas);
  }

  close() {
    this.size.disconnect();
    for (const [kind, listener] of Object.entries(this.listeners)) window.removeEventListener(kind, listener, true);
  }

  show(data, setStateValue) {
    this.data = data;
    this.canvas.setAttribute("aria-label", data.label);
    this.send = () => setStateValue("marks", this.marks);
    const settled = new Set([...data.gone, ...data.strokes.map((stroke) => stroke.id)]);
    this.marks = [...data.strokes, ...this.marks.filter((mark) => !settled.has(mark.id))];
    this.paint();
  }

  // ---- the pen

  begin(event) {
    if (event.button !== 0 || this.stroke) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.spot = null; // no cross stays where the keys have left it
    this.lower(this.place(event));
  }

  extend(event) {
    if (!this.stroke || event.pointerId !== this.pointer) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const each of between.length ? between : [event]) this.trail(this.place(each));
    this.paint();
  }

  end(event) {
    if (this.stroke && event.pointerId === this.pointer) this.lift();
  }

  lower(point) {
    this.stroke = { id: newId(), pen: this.data.pen, points: [point] };
    this.paint();
  }

  trail([x, y]) {
    const [lastX, lastY] = this.stroke.points.at(-1);
    if (Math.hypot(x - lastX, y - lastY) >= NEAREST) this.stroke.points.push([x, y]);
  }

  lift() {
    this.marks.push(this.stroke, ...this.held);
    [this.stroke, this.held, this.pointer] = [null, [], null];
    this.send();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.data.width / box.width;
    return [event.clientX - box.left, event.clientY - box.top].map((each) => Math.round(each * scale * 10) / 10);
  }

  // ---- the pen, by keys

  steer(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || (this.stroke && this.pointer !== null)) return;
    const { width, height } = this.data;
    this.spot ??= [width / 2, height / 2];
    if (ARROWS[event.key]) {
      this.arrows.add(event.key);
      const step = event.shiftKey ? SMALL_STEP : STEP;
      const [across, down] = [...this.arrows].map((each) => ARROWS[each]).reduce(([x, y], [dx, dy]) => [x + dx, y + dy]);
      const [x, y] = this.spot;
      this.spot = [Math.min(width, Math.max(0, x + across * step)), Math.min(height, Math.max(0, y + down * step))];
      if (this.stroke) this.trail(this.spot);
    } else if (event.key !== " ") return;
    else if (this.stroke) this.lift();
    else this.lower(this.spot);
    event.preventDefault(); // the page does not scroll
    this.paint();
  }

  leave() {
    this.arrows.clear();
    this.spot = null;
    if (this.stroke && this.pointer === null) this.lift();
    this.paint();
  }

  // ---- keys and buttons

  key(event) {
    const meaning = this.data.keys[event.key];
    if (meaning === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.composedPath()[0];
    if (target === this.canvas && ARROWS[event.key]) return;
    if (target.closest?.(TEXT_FIELDS) || (/^(Enter|Arrow)/.test(event.key) && target.closest?.(CONTROLS))) return;
    this.press(event, meaning);
  }

  click(event) {
    const button = event.target.closest?.("button");
    const name = button && Object.keys(this.data.buttons).find((each) => button.closest(`.st-key-${each}`));
    if (name) this.press(event, this.data.buttons[name]);
  }

  press(event, meaning) {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat) return;
    const mark = { id: newId(), press: meaning };
    if (this.stroke) return void this.held.push(mark); // it applies to the whole stroke
    this.marks.push(mark);
    this.send();
  }

  // ---- the picture

  paint() {
    const { width, height, boxes, strokes, ghost } = this.data;
    this.canvas.classList.toggle("wide", width > height);
    const scale = ((this.canvas.clientWidth || width) * (window.devicePixelRatio || 1)) / width;
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== across || this.canvas.height !== down)
      [this.canvas.width, this.canvas.height] = [across, down]; // which takes long, so not for each point
    const context = this.canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    context.lineCap = context.lineJoin = "round";
    const drawn = [...this.marks, this.stroke].filter((mark) => mark?.points);
    context.strokeStyle = drawn.length ? "#fff" : "#262626";
    for (const mark of drawn.length ? drawn : ghosts(ghost, width, height)) trace(context, mark);
    if (this.spot) cross(context, this.spot, this.stroke);
    if (drawn.length === strokes.length) for (const each of boxes) frame(context, each); // else they are out of date
  }
}

function trace(context, { pen, points }) {
  context.lineWidth = pen;
  context.beginPath();
  context.moveTo(...points[0]);
  for (let n = 1; n < points.length - 1; n++) {
    const [[x, y], [nextX, nextY]] = [points[n], points[n + 1]];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  const [x, y] = points.at(-1);
  context.lineTo(x, y + (points.length === 1 ? 0.01 : 0)); // a line without any length has no round ends
  context.stroke();
}

// The digits of the text as marks, in the middle of the field.
function* ghosts(text, width, height) {
  const size = (0.55 * height) / 100;
  for (const [place, digit] of [...(text ?? "")].entries()) {
    const left = width / 2 + ((place - text.length / 2) * 100 + 15) * size;
    yield { pen: 16, points: GHOSTS[digit].map(([x, y]) => [left + x * size, 0.225 * height + y * size]) };
  }
}

// Where the pen is that the arrow keys move; filled while it is down.
function cross(context, [x, y], isDown) {
  context.strokeStyle = context.fillStyle = "#ffb020";
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, 9, 0, 2 * Math.PI);
  context.moveTo(x - 16, y);
  context.lineTo(x + 16, y);
  context.moveTo(x, y - 16);
  context.lineTo(x, y + 16);
  context.stroke();
  if (isDown) context.fill();
}

function frame(context, { box: [left, top, right, bottom], marked }) {
  context.strokeStyle = marked ? "#ff6b6b" : "rgba(255, 255, 255, .45)";
  context.lineWidth = marked ? 3 : 1.5;
  context.strokeRect(left, top, right - left, bottom - top);
}

function newId() {
  return Math.random().toString(36).slice(2);
}

const fields = new WeakMap();

export default function ({ data: [data], parentElement, setStateValue }) {
  if (!fields.has(parentElement)) fields.set(parentElement, new Field(parentElement));
  const field = fields.get(parentElement);
  field.show(data, setStateValue);
  return () => {
    if (parentElement.isConnected) return; // Streamlit also ends a call that a newer one overtakes, perhaps amid a stroke
    field.close();
    fields.delete(parentElement);
  };
}
