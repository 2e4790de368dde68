// A picture with a box around what was taken for the digit.
//
// The box is moved by dragging it, resized by dragging a corner, and drawn anew by dragging anywhere else. A click on
// another mark takes that one. On the keyboard, the arrows move the box, and with Shift they resize it.

const LEAST = 4; // pixels of the picture
const CLICK = 3; // pixels of the screen. A pointer that moves less than this has clicked.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class PictureBox {
  constructor(root) {
    this.area = root.querySelector(".picture-box");
    this.image = root.querySelector("img");
    this.box = root.querySelector(".box");
    this.drag = null;
    this.area.onpointerdown = (event) => this.begin(event);
    this.area.onpointermove = (event) => this.move(event);
    this.area.onpointerup = this.area.onlostpointercapture = () => this.end();
    this.box.onkeydown = (event) => this.key(event);
  }

  show(data, setStateValue) {
    this.data = data;
    this.send = (box) => setStateValue("box", box);
    this.image.src = data.picture;
    this.image.alt = data.label;
    this.box.setAttribute("aria-label", data.help);
    this.area.style.maxWidth = `${data.shown}px`;
    this.area.style.aspectRatio = data.width / data.height;
    for (const each of this.area.querySelectorAll(".other")) each.remove();
    for (const other of data.others) {
      const element = document.createElement("div");
      element.className = "other";
      this.put(element, other);
      this.area.prepend(element);
    }
    this.area.prepend(this.image);
    if (!this.drag) this.set(data.box);
  }

  set(box) {
    this.place = box;
    this.box.hidden = !box;
    if (box) this.put(this.box, box);
  }

  put(element, [left, top, right, bottom]) {
    const { width, height } = this.data;
    element.style.left = `${(100 * left) / width}%`;
    element.style.top = `${(100 * top) / height}%`;
    element.style.width = `${(100 * (right - left)) / width}%`;
    element.style.height = `${(100 * (bottom - top)) / height}%`;
  }

  point(event) {
    const { left, top, width, height } = this.area.getBoundingClientRect();
    const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
    return [x * this.data.width, y * this.data.height];
  }

  begin(event) {
    if (event.button !== 0) return;
    const corner = event.target.dataset?.corner;
    const inside = event.target === this.box;
    this.area.setPointerCapture(event.pointerId);
    const at = [event.clientX, event.clientY];
    const start = this.point(event);
    this.drag = { corner: corner ?? (inside ? null : "new"), at, start, from: this.place, moved: false };
    event.preventDefault();
  }

  move(event) {
    if (!this.drag) return;
    const { corner, at, start, from } = this.drag;
    const [x, y] = this.point(event);
    const [dx, dy] = [x - start[0], y - start[1]];
    this.drag.moved ||= Math.hypot(event.clientX - at[0], event.clientY - at[1]) > CLICK;
    if (!this.drag.moved) return;
    if (corner === null) this.set(this.moved(from, dx, dy));
    else if (corner === "new") this.set(this.ordered(start[0], start[1], x, y));
    else {
      const [west, north] = [corner.includes("w"), corner.includes("n")];
      this.set(this.ordered(west ? from[2] : from[0], north ? from[3] : from[1], x, y));
    }
  }

  end() {
    if (!this.drag) return;
    const { start, moved, from } = this.drag;
    this.drag = null;
    if (!moved) {
      const [x, y] = start;
      const other = this.data.others.find(([l, t, r, b]) => l <= x && x < r && t <= y && y < b);
      if (!other || (from && String(from) === String(other))) return void this.set(from);
      this.set(other);
    }
    this.send(this.place);
  }

  key(event) {
    const step = ARROWS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const [dx, dy] = step.map((each) => each * Math.max(1, this.data.width / 100));
    const [left, top, right, bottom] = this.place;
    this.set(event.shiftKey ? this.ordered(left, top, right + dx, bottom + dy) : this.moved(this.place, dx, dy));
    this.send(this.place);
  }

  moved([left, top, right, bottom], dx, dy) {
    const x = Math.min(Math.max(dx, -left), this.data.width - right);
    const y = Math.min(Math.max(dy, -top), this.data.height - bottom);
    return [left + x, top + y, right + x, bottom + y];
  }

  ordered(x0, y0, x1, y1) {
    const { width, height } = this.data;
    const [left, right] = between(x0, x1, width);
    const [top, bottom] = between(y0, y1, height);
    return [left, top, right, bottom];
  }
}

function between(one, other, most) {
  const low = Math.min(Math.max(Math.min(one, other), 0), most - LEAST);
  return [low, Math.min(Math.max(Math.max(one, other), low + LEAST), most)];
}

const shown = new WeakMap();

export default function ({ data: [data], parentElement, setStateValue }) {
  if (!shown.has(parentElement)) shown.set(parentElement, new PictureBox(parentElement));
  shown.get(parentElement).show(data, setStateValue);
}
