// A drawing → a 28×28 image: the steps of mnist_core/drawing/strokes.py, in the same order and the same precision.

"use strict";

/** Redraw strokes [[[x, y], …], …] as MNIST would show them: 784 grey values, 0 background, 255 ink. */
function rasterize(strokes) {
  const { side, box, centre, stroke_width: width } = MODEL.rules;
  const image = new Uint8Array(side * side);
  const segments = placed(segmentsOf(strokes), box - width, centre);
  if (!segments.length) return image;
  const nearest = squaredDistances(segments, side);
  for (let pixel = 0; pixel < image.length; pixel++) {
    const ink = Math.fround(width / 2 + 0.5 - Math.fround(Math.sqrt(nearest[pixel])));
    image[pixel] = roundHalfToEven(Math.fround(255 * Math.min(1, Math.max(0, ink))));
  }
  return image;
}

/** Straight segments [startX, startY, endX, endY]; a lone point is a segment of length 0. */
function segmentsOf(strokes) {
  const segments = [];
  for (const stroke of strokes) {
    if (stroke.length === 1) segments.push([...stroke[0], ...stroke[0]]);
    for (let n = 1; n < stroke.length; n++) segments.push([...stroke[n - 1], ...stroke[n]]);
  }
  return segments;
}

/** The segments with `longest` as their longest side and their centre of mass at (centre, centre). */
function placed(segments, longest, centre) {
  const [left, top, right, bottom] = around(segments.flatMap(([x, y, toX, toY]) => [[x, y, x, y], [toX, toY, toX, toY]]));
  const extent = Math.max(right - left, bottom - top);
  const factor = extent > 1e-9 ? longest / extent : 1; // else it is a dot
  const scaled = segments.map((segment) => segment.map((value) => value * factor));
  let [x, y, whole] = [0, 0, 0];
  for (const [fromX, fromY, toX, toY] of scaled) {
    const [dx, dy] = [toX - fromX, toY - fromY];
    const length = Math.sqrt(dx * dx + dy * dy) + 1e-9;
    x += ((fromX + toX) / 2) * length;
    y += ((fromY + toY) / 2) * length;
    whole += length;
  }
  const middle = [x / whole, y / whole, x / whole, y / whole];
  return scaled.map((segment) => segment.map((value, n) => value - middle[n] + centre));
}

/** The square of the distance from each pixel's centre to the nearest point of the path, in float32 as NumPy has it. */
function squaredDistances(segments, side) {
  const f = Math.fround;
  const nearest = new Float32Array(side * side).fill(Infinity);
  for (const [fromX, fromY, toX, toY] of segments) {
    const [x, y, alongX, alongY] = [f(fromX), f(fromY), f(toX - fromX), f(toY - fromY)];
    const squared = Math.max(f(f(alongX * alongX) + f(alongY * alongY)), f(1e-12));
    for (let row = 0, pixel = 0; row < side; row++) {
      for (let column = 0; column < side; column++, pixel++) {
        let dx = f(column - x);
        let dy = f(row - y);
        const t = Math.min(1, Math.max(0, f(f(f(dx * alongX) + f(dy * alongY)) / squared)));
        dx = f(dx - f(t * alongX));
        dy = f(dy - f(t * alongY));
        const distance = f(f(dx * dx) + f(dy * dy));
        if (distance < nearest[pixel]) nearest[pixel] = distance;
      }
    }
  }
  return nearest;
}

function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

/** The box [left, top, right, bottom] around boxes. */
function around(boxes) {
  const found = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [left, top, right, bottom] of boxes) {
    found[0] = Math.min(found[0], left);
    found[1] = Math.min(found[1], top);
    found[2] = Math.max(found[2], right);
    found[3] = Math.max(found[3], bottom);
  }
  return found;
}
