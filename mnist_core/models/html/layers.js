// The operators that compute most: convolution, pooling and LSTM, for one image.

/** Where a window of an image lies: (sides, size of the window, attributes) → [top, left, height, width of the result]. */
function windows([height, width], [tall, wide], { strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1] }) {
  const rows = height + pads[0] + pads[2] - dilations[0] * (tall - 1) - 1;
  const columns = width + pads[1] + pads[3] - dilations[1] * (wide - 1) - 1;
  return [pads[0], pads[1], Math.floor(rows / strides[0]) + 1, Math.floor(columns / strides[1]) + 1];
}

/** The convolution as a product of matrices: filters · patches, where each patch is what a filter covers at one place. */
function conv([x, weights, bias], attributes) {
  const [filters, depth, tall, wide] = weights.shape;
  const { pads = [0, 0, 0, 0], strides = [1, 1], dilations = [1, 1], group = 1 } = attributes;
  const [, , rows, columns] = windows(x.shape.slice(2), [tall, wide], attributes);
  const framed = pads.some(Boolean) ? pad([x, { data: [0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]] }]) : x;
  const [, , height, width] = framed.shape;
  const [places, inputs, outputs] = [rows * columns, depth * tall * wide, filters / group];
  const patches = new Float32Array(places * inputs);
  const result = tensor([1, filters, rows, columns]);
  for (let g = 0; g < group; g++) {
    for (let place = 0, to = 0; place < places; place++) {
      const corner = Math.floor(place / columns) * strides[0] * width + (place % columns) * strides[1];
      for (let channel = g * depth; channel < (g + 1) * depth; channel++)
        for (let row = 0; row < tall; row++) {
          const from = (channel * height + row * dilations[0]) * width + corner;
          for (let column = 0; column < wide; column++, to++) patches[to] = framed.data[from + column * dilations[1]];
        }
    }
    multiply(
      weights.data.subarray(g * outputs * inputs, (g + 1) * outputs * inputs), patches,
      result.data.subarray(g * outputs * places, (g + 1) * outputs * places), outputs, places, inputs,
      bias?.data.subarray(g * outputs, (g + 1) * outputs),
    );
  }
  return result;
}

/** Pooling: `combine` the values of a window, from `start` on, then `finish` with their sum and their number. */
const pool = (start, combine, finish) => ([x], attributes) => {
  const [, channels, height, width] = x.shape;
  const [tall, wide] = attributes.kernel_shape;
  const { strides = [1, 1] } = attributes;
  const [top, left, rows, columns] = windows([height, width], [tall, wide], attributes);
  const result = tensor([1, channels, rows, columns]);
  for (let channel = 0, to = 0; channel < channels; channel++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++, to++) {
        let [found, count] = [start, 0];
        for (let y = row * strides[0] - top, end = y + tall; y < end; y++)
          for (let at = column * strides[1] - left, last = at + wide; at < last; at++)
            if (y >= 0 && y < height && at >= 0 && at < width) {
              found = combine(found, x.data[(channel * height + y) * width + at]);
              count++;
            }
        result.data[to] = finish(found, count);
      }
  return result;
};

/** The mean of each channel, whatever the number of sides behind it. */
function globalAverage([{ shape, data }]) {
  const count = size(shape.slice(2));
  const result = tensor(shape.map((side, axis) => (axis < 2 ? side : 1)));
  for (let n = 0; n < data.length; n++) result.data[Math.floor(n / count)] += data[n] / count;
  return result;
}

const sigmoid = (x) => 1 / (1 + Math.exp(-x));

/** x (steps, 1, inputs), forward, with the gates in the order input, output, forget, cell → all steps, the last state. */
function lstm([x, weights, recurrent, bias, , state0, cell0], { hidden_size: hidden }) {
  const [steps, , inputs] = x.shape;
  const given = tensor([steps, 4 * hidden]);
  multiply(x.data, weights.data, given.data, steps, 4 * hidden, inputs);
  const all = tensor([steps, 1, 1, hidden]);
  const [state, cell] = [state0, cell0].map((first) => Float32Array.from(first?.data ?? new Float32Array(hidden)));
  const gates = new Float32Array(4 * hidden);
  for (let step = 0; step < steps; step++) {
    multiply(state, recurrent.data, gates, 1, 4 * hidden, hidden);
    for (let n = 0; n < gates.length; n++)
      gates[n] += given.data[step * gates.length + n] + (bias ? bias.data[n] + bias.data[gates.length + n] : 0);
    for (let n = 0; n < hidden; n++) {
      const [input, output, forget] = [0, 1, 2].map((gate) => sigmoid(gates[gate * hidden + n]));
      cell[n] = forget * cell[n] + input * Math.tanh(gates[3 * hidden + n]);
      state[n] = output * Math.tanh(cell[n]);
    }
    all.data.set(state, step * hidden);
  }
  return [all, tensor([1, 1, hidden], state), tensor([1, 1, hidden], cell)];
}
