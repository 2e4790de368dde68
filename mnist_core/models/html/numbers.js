// Strokes of several digits → the digits: the division of mnist_core/drawing/segmentation.py and models/stroke_groups.py.

/** The digits of a drawing from left to right: {strokes, box, image, …prediction}. */
function readNumber(strokes) {
  return divide(strokes).map((group) => {
    const own = group.map((each) => strokes[each]);
    const { image, outputs } = look(own);
    return { strokes: group, box: around(own.map(boxOf)), image, ...predict(image, outputs) };
  });
}

const MOST_REMEMBERED = 1000;
const remembered = new Map();
const numbers = new WeakMap();

/** Strokes → their image and the network's outputs. A new stroke of a long number changes few groups of strokes. */
function look(strokes) {
  for (const stroke of strokes) if (!numbers.has(stroke)) numbers.set(stroke, Math.random());
  const key = strokes.map((stroke) => numbers.get(stroke)).join();
  if (remembered.size > MOST_REMEMBERED) remembered.clear();
  if (!remembered.has(key)) {
    const image = rasterize(strokes);
    remembered.set(key, { image, outputs: run(image) });
  }
  return remembered.get(key);
}

/** For each digit the indices of its strokes; one group of all strokes if it is one digit, or too much. */
function divide(strokes) {
  const drawn = [...strokes.keys()].filter((each) => strokes[each].length);
  const whole = drawn.length ? [drawn] : [];
  if (drawn.length < 2 || drawn.length > MODEL.rules.most_strokes) return whole;
  const boxes = drawn.map((each) => boxOf(strokes[each]));
  const line = lineHeight(boxes);
  const isSpeck = boxes.map(([left, top, right, bottom]) => Math.max(right - left, bottom - top) < MODEL.rules.speck * line);
  const pieces = drawn.filter((_, n) => !isSpeck[n]);
  if (pieces.length < 2) return whole;
  const { runs, order, costs } = candidates(boxes.filter((_, n) => !isSpeck[n]));
  const groups = runs.map(([start, end]) => order.slice(start, end).map((n) => pieces[n]).sort((a, b) => a - b));
  const scores = groups.map((group) => digitScore(group.map((each) => strokes[each])));
  const chosen = best(runs, scores.map((score, n) => score + MODEL.rules.per_digit - costs[n]), pieces.length);
  if (chosen.length < 2) return whole;
  const found = chosen.map((n) => groups[n]);
  for (const [n, speck] of drawn.entries()) if (isSpeck[n]) found.find((group) => liesIn(boxes[n], group, strokes))?.push(speck);
  return found.map((group) => group.sort((a, b) => a - b));
}

/** The log-probability that strokes are a digit, or "not a digit" at a cost if that is more. */
function digitScore(strokes) {
  const { logits, score } = look(strokes).outputs;
  const none = score === undefined ? (MODEL.digit_threshold ?? -Infinity) : logSumExp(logits) - score;
  const whole = logSumExp([...logits, none]);
  return Math.max(Math.max(...logits) - whole, none - whole - MODEL.rules.no_digit_cost);
}

function boxOf(stroke) {
  return around(stroke.map(([x, y]) => [x, y, x, y]));
}

function lineHeight(boxes) {
  const heights = boxes.map(([, top, , bottom]) => bottom - top);
  const tallest = Math.max(...heights);
  if (tallest <= 0) return Math.max(...boxes.map(([left, , right]) => right - left), 1e-9); // a dash, or dots
  const tall = heights.filter((height) => height >= MODEL.rules.tall * tallest).sort((a, b) => a - b);
  return (tall[(tall.length - 1) >> 1] + tall[tall.length >> 1]) / 2;
}

/** The runs of pieces, in the order of their centres, that may be a digit each, and what speaks against each. */
function candidates(boxes) {
  const { most_pieces: most, overlap, most_overlap: mostOverlap } = MODEL.rules;
  const count = boxes.length;
  const order = [...boxes.keys()].sort((a, b) => boxes[a][0] + boxes[a][2] - boxes[b][0] - boxes[b][2]);
  const line = lineHeight(boxes);
  const units = order.map((n) => boxes[n].map((side) => side / line));
  const runs = [];
  for (let start = 0; start < count; start++)
    for (let end = start + 1; end <= Math.min(start + most, count) && end - start < count; end++)
      if (end - start === 1 || hangTogether(units.slice(start, end))) runs.push([start, end]);
  runs.push([0, count]);
  const costs = runs.map(([start, end]) => {
    let cost = shapeCost(units.slice(start, end));
    for (const [left, , right] of units.slice(start, end))
      for (const [otherLeft, , otherRight] of units.slice(0, start)) {
        const shared = Math.min(right, otherRight) - Math.max(left, otherLeft);
        cost += overlap * Math.min(mostOverlap, Math.max(0, shared));
      }
    return cost;
  });
  return { runs, order, costs };
}

function hangTogether(units) {
  const sides = units.map(([left, , right]) => [left, right]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let reached = sides[0][1];
  for (const [left, right] of sides.slice(1)) {
    if (left - reached > MODEL.rules.widest_gap) return false;
    reached = Math.max(reached, right);
  }
  return reached - sides[0][0] <= MODEL.rules.widest;
}

function shapeCost(units) {
  const { flattest, low, wide } = MODEL.rules;
  const [left, top, right, bottom] = around(units);
  const flat = Math.max(0, -Math.log(Math.max(bottom - top, flattest)));
  return low * flat + wide * Math.max(0, right - left - 1) ** 2;
}

/** The runs that divide all pieces with the largest total. */
function best(runs, totals, count) {
  const found = [{ total: 0, chosen: [] }, ...Array.from({ length: count }, () => ({ total: -Infinity, chosen: [] }))];
  const ordered = [...runs.keys()].sort((a, b) => runs[a][0] - runs[b][0] || runs[a][1] - runs[b][1]);
  for (const n of ordered) {
    const [start, end] = runs[n];
    const total = found[start].total + totals[n] + (end - start === count ? MODEL.rules.alone : 0);
    if (total > found[end].total) found[end] = { total, chosen: [...found[start].chosen, n] };
  }
  return found[count].chosen;
}

function liesIn([left, top, right, bottom], group, strokes) {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const [fromX, fromY, toX, toY] = around(group.map((each) => boxOf(strokes[each])));
  return fromX <= x && x <= toX && fromY <= y && y <= toY;
}
