// The operators of ONNX that MNIST Studio's architectures use, for one image.
//
// `OPERATORS` has a function for each: (inputs, attributes) → the output, or a list of outputs.
// `graph.py` refuses a network that needs another operator or attribute.

/** Tensors beside each other along an axis. */
function concat(inputs, { axis }) {
  const at = axis < 0 ? axis + inputs[0].shape.length : axis;
  const before = size(inputs[0].shape.slice(0, at));
  const parts = inputs.map(({ shape }) => size(shape.slice(at)));
  const shape = [...inputs[0].shape];
  shape[at] = inputs.reduce((sum, input) => sum + input.shape[at], 0);
  const result = tensor(shape);
  for (let n = 0, to = 0; n < before; n++)
    for (const [number, { data }] of inputs.entries()) {
      result.data.set(data.subarray(n * parts[number], (n + 1) * parts[number]), to);
      to += parts[number];
    }
  return result;
}

/** A frame of one value around a tensor. */
function pad([{ shape, data }, frame, value, axes]) {
  const along = axes ? Array.from(axes.data) : shape.map((_, axis) => axis);
  const [before, after] = [shape.map(() => 0), shape.map(() => 0)];
  for (const [n, axis] of along.entries()) [before[axis], after[axis]] = [frame.data[n], frame.data[n + along.length]];
  const result = tensor(shape.map((side, axis) => before[axis] + side + after[axis]));
  result.data.fill(value ? value.data[0] : 0);
  const inside = stepsThrough(result.shape, shape);
  const start = before.reduce((sum, step, axis) => sum + step * size(result.shape.slice(axis + 1)), 0);
  for (let n = 0; n < data.length; n++) result.data[start + inside[n]] = data[n];
  return result;
}

/** A part of a tensor, in steps of 1. */
function slice([{ shape, data }, starts, ends, axes]) {
  const [first, sides] = [shape.map(() => 0), [...shape]];
  for (const [n, axis] of (axes ? Array.from(axes.data) : [...starts.data.keys()]).entries()) {
    const at = axis < 0 ? axis + shape.length : axis;
    const [from, to] = [starts, ends].map(({ data: given }) => given[n] + (given[n] < 0 ? shape[at] : 0));
    first[at] = Math.max(0, from);
    sides[at] = Math.min(to, shape[at]) - first[at];
  }
  const inside = stepsThrough(shape, sides);
  const start = first.reduce((sum, step, axis) => sum + step * size(shape.slice(axis + 1)), 0);
  return tensor(sides, Float32Array.from(inside, (index) => data[start + index]));
}

/** To a byte or to a number with a fraction, which all tensors here are anyway. */
function cast([{ shape, data }], { to }) {
  return tensor(shape, to === BYTE ? data.map((value) => Math.trunc(value) & 255) : data);
}

function reshape([{ shape, data }, wanted]) {
  const sides = Array.from(wanted.data, (side, axis) => (side === 0 ? shape[axis] : side));
  const known = sides.reduce((product, side) => (side < 0 ? product : product * side), 1);
  return tensor(sides.map((side) => (side < 0 ? data.length / known : side)), data);
}

function squeeze([{ shape, data }, axes]) {
  const gone = axes ? Array.from(axes.data, (axis) => (axis < 0 ? axis + shape.length : axis)) : null;
  return tensor(shape.filter((side, axis) => (gone ? !gone.includes(axis) : side !== 1)), data);
}

function unsqueeze([{ shape, data }, axes]) {
  const rank = shape.length + axes.data.length;
  const added = Array.from(axes.data, (axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b);
  const sides = [...shape];
  for (const axis of added) sides.splice(axis, 0, 1);
  return tensor(sides, data);
}

function flatten([{ shape, data }], { axis = 1 }) {
  return tensor([size(shape.slice(0, axis)), size(shape.slice(axis))], data);
}

/** Over the last axis. */
function softmax([{ shape, data }]) {
  const result = tensor(shape);
  const length = shape.at(-1);
  for (let start = 0; start < data.length; start += length)
    result.data.set(softmaxOf(data.subarray(start, start + length)), start);
  return result;
}

function gemm([a, b, c], { transA = 0, transB = 0, alpha = 1, beta = 1 }) {
  const [left, right] = [transA ? transposed([a], {}) : a, transB ? transposed([b], {}) : b];
  const product = matMul([left, right]);
  return pairwise((x, y) => alpha * x + beta * y)([product, c ?? tensor([1])]);
}

const BYTE = 2; // ONNX's number of the type

const OPERATORS = {
  Add: pairwise((a, b) => a + b),
  AveragePool: pool(0, (a, b) => a + b, (sum, count) => sum / count),
  Cast: cast,
  Concat: concat,
  Conv: conv,
  Div: pairwise((a, b) => a / b),
  Elu: each((x, { alpha = 1 }) => (x < 0 ? alpha * Math.expm1(x) : x)),
  Exp: each(Math.exp),
  Flatten: flatten,
  Gemm: gemm,
  GlobalAveragePool: globalAverage,
  Identity: ([x]) => x,
  LSTM: lstm,
  LeakyRelu: each((x, { alpha = 0.01 }) => (x < 0 ? alpha * x : x)),
  Log: each(Math.log),
  MatMul: matMul,
  Max: pairwise(Math.max),
  MaxPool: pool(-Infinity, (a, b) => (a > b ? a : b), (found) => found),
  Mul: pairwise((a, b) => a * b),
  Neg: each((x) => -x),
  Pad: pad,
  Reciprocal: each((x) => 1 / x),
  Relu: each((x) => (x > 0 ? x : 0)),
  Reshape: reshape,
  Sigmoid: each(sigmoid),
  Slice: slice,
  Softmax: softmax,
  Sqrt: each(Math.sqrt),
  Squeeze: squeeze,
  Sub: pairwise((a, b) => a - b),
  Tanh: each(Math.tanh),
  Transpose: transposed,
  Unsqueeze: unsqueeze,
};
