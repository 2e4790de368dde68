// Tensors of one image, {shape, data} with a Float32Array, and what is done with whole ones.

const size = (shape) => shape.reduce((product, side) => product * side, 1);
const tensor = (shape, data = new Float32Array(size(shape))) => ({ shape, data });

/** The same tensor with every value replaced. */
const each = (change) => ([{ shape, data }], attributes) => tensor(shape, data.map((x) => change(x, attributes)));

/** An operator of two tensors whose sides are equal, or 1, or missing at the front. */
const pairwise = (combine) => ([a, b]) => {
  const rank = Math.max(a.shape.length, b.shape.length);
  const [left, right] = [a, b].map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape]);
  const result = tensor(left.map((side, axis) => Math.max(side, right[axis])));
  const [fromLeft, fromRight] = [left, right].map((shape) => stepsThrough(shape, result.shape));
  for (let n = 0; n < result.data.length; n++) result.data[n] = combine(a.data[fromLeft[n]], b.data[fromRight[n]]);
  return result;
};

/** For each element of a tensor of shape `onto`, the index of its element in one of shape `shape`. */
function stepsThrough(shape, onto, order = onto.map((_, axis) => axis)) {
  const strides = shape.map((side, axis) => (side === 1 ? 0 : size(shape.slice(axis + 1))));
  let indices = new Int32Array(1);
  for (const [axis, side] of onto.entries()) {
    const further = new Int32Array(indices.length * side);
    const stride = strides[order[axis]];
    for (let n = 0; n < further.length; n++) further[n] = indices[Math.floor(n / side)] + (n % side) * stride;
    indices = further;
  }
  return indices;
}

/** rows (M, K) · columns (N, K) → into (M, N), four by four: most of a prediction's time is spent here. */
function multiply(rows, columns, into, M, N, K, bias) {
  [M, N, K] = [M | 0, N | 0, K | 0]; // Sizes that come from a division would make engines compute indices with fractions.
  for (let m = 0; m < M; m += 4) for (let n = 0; n < N; n += 2) multiplyBlock(rows, columns, into, m, n, M, N, K);
  if (bias) for (let n = 0; n < M * N; n++) into[n] += bias[Math.floor(n / N)];
}

/** Four rows by two columns. At the edges the last ones are computed again. Engines are quick with plain numbers only. */
function multiplyBlock(rows, columns, into, m, n, M, N, K) {
  const m1 = Math.min(m + 1, M - 1);
  const m2 = Math.min(m + 2, M - 1);
  const m3 = Math.min(m + 3, M - 1);
  const n1 = Math.min(n + 1, N - 1);
  const [a0, a1, a2, a3, b0, b1] = [m * K, m1 * K, m2 * K, m3 * K, n * K, n1 * K];
  let s00 = 0, s01 = 0, s10 = 0, s11 = 0, s20 = 0, s21 = 0, s30 = 0, s31 = 0;
  for (let k = 0; k < K; k++) {
    const x = columns[b0 + k];
    const y = columns[b1 + k];
    const w0 = rows[a0 + k];
    const w1 = rows[a1 + k];
    const w2 = rows[a2 + k];
    const w3 = rows[a3 + k];
    s00 += w0 * x;
    s01 += w0 * y;
    s10 += w1 * x;
    s11 += w1 * y;
    s20 += w2 * x;
    s21 += w2 * y;
    s30 += w3 * x;
    s31 += w3 * y;
  }
  into[m * N + n] = s00;
  into[m * N + n1] = s01;
  into[m1 * N + n] = s10;
  into[m1 * N + n1] = s11;
  into[m2 * N + n] = s20;
  into[m2 * N + n1] = s21;
  into[m3 * N + n] = s30;
  into[m3 * N + n1] = s31;
}

/** (…, M, K) · (…, K, N); the second may be without leading sides. */
function matMul([a, b]) {
  const [M, K] = a.shape.length > 1 ? a.shape.slice(-2) : [1, a.shape[0]];
  const N = b.shape.at(-1);
  const [leading, matrices] = [a.shape.slice(0, -2), size(a.shape) / (M * K)];
  const result = tensor([...leading, M, N]);
  const turned = transposed([b], { perm: lastTwoSwapped(b.shape) }).data;
  for (let n = 0; n < matrices; n++) {
    const from = turned.length > N * K ? n * N * K : 0;
    multiply(
      a.data.subarray(n * M * K, (n + 1) * M * K), turned.subarray(from, from + N * K),
      result.data.subarray(n * M * N, (n + 1) * M * N), M, N, K,
    );
  }
  return result;
}

function lastTwoSwapped(shape) {
  const axes = shape.map((_, axis) => axis);
  return [...axes.slice(0, -2), axes.at(-1), axes.at(-2)];
}

/** The axes of a tensor in another order. */
function transposed([{ shape, data }], { perm = shape.map((_, axis) => shape.length - 1 - axis) }) {
  const from = perm.map((axis) => shape[axis]);
  const indices = stepsThrough(shape, from, perm);
  return tensor(from, Float32Array.from(indices, (index) => data[index]));
}
