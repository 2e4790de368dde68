// The network of this file: its weights, its predictions, and what they mean.

/** An image of 784 grey values → its logits (10) and, if the network has one, its score as a digit. */
function run(image) {
  const known = new Map(WEIGHTS);
  known.set(MODEL.graph.input, tensor([1, 28, 28], Float32Array.from(image)));
  for (const [operator, inputs, outputs, attributes] of MODEL.graph.nodes) {
    const given = inputs.map((name) => (name ? known.get(name) : undefined));
    const found = OPERATORS[operator](given, attributes);
    for (const [n, each] of (Array.isArray(found) ? found : [found]).entries())
      if (outputs[n]) known.set(outputs[n], each);
  }
  const [logits, score] = MODEL.graph.outputs.map((name) => Array.from(known.get(name).data));
  return { logits, score: score?.[0] };
}

/** Name → tensor: `bytes` holds them in float32, float16, or int8 with a scale for each slice along an axis. */
function unpacked(bytes) {
  const numbers = (type, [from, count]) => new type(bytes.slice(from, from + count * type.BYTES_PER_ELEMENT));
  return Object.entries(MODEL.graph.weights).map(([name, { shape, values, type, at, scales, axis }]) => {
    if (values) return [name, tensor(shape, Float32Array.from(values))];
    if (type === "float32") return [name, tensor(shape, numbers(Float32Array, at))];
    if (type === "float16") return [name, tensor(shape, Float32Array.from(numbers(Uint16Array, at), halfToNumber))];
    const [whole, scale] = [numbers(Int8Array, at), numbers(Float32Array, scales)];
    const inner = size(shape.slice(axis + 1));
    return [name, tensor(shape, Float32Array.from(whole, (value, n) => value * scale[Math.floor(n / inner) % shape[axis]]))];
  });
}

function halfToNumber(half) {
  const [exponent, fraction] = [(half >> 10) & 31, half & 1023];
  const value = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction;
  return half & 0x8000 ? -value : value;
}

function logSumExp(values) {
  const largest = Math.max(...values);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

function softmaxOf(values) {
  const whole = logSumExp(values);
  return Array.from(values, (value) => Math.exp(value - whole));
}

/** An image → the same as `Predictor.predict` gives: verdict, digit, probability, probabilities, score. */
function predict(image, outputs = run(image)) {
  const probabilities = softmaxOf(outputs.logits);
  const probability = Math.max(...probabilities);
  const score = outputs.score ?? logSumExp(outputs.logits);
  return { verdict: verdict(image, score, probability), digit: probabilities.indexOf(probability), probability, probabilities, score };
}

function verdict(image, score, probability) {
  const { sure, likely_ink: [least, most], max_marks: marks } = MODEL.rules;
  const ink = image.reduce((sum, value) => sum + value, 0) / image.length / 255;
  if (!ink) return "nothing drawn";
  const strange = MODEL.digit_threshold !== null && score < MODEL.digit_threshold;
  if (strange || marksIn(image) > marks || ink < least || ink > most) return "not a digit";
  return probability >= sure ? "sure" : "not sure";
}

/** The number of connected marks, diagonals included. */
function marksIn(image) {
  const { side, dark } = MODEL.rules;
  const left = new Set([...image.keys()].filter((pixel) => image[pixel] > dark));
  let count = 0;
  for (const first of left) {
    count++;
    for (const open = [first]; open.length; ) {
      const pixel = open.pop();
      const [row, column] = [Math.floor(pixel / side), pixel % side];
      for (let y = Math.max(0, row - 1); y <= Math.min(side - 1, row + 1); y++)
        for (let x = Math.max(0, column - 1); x <= Math.min(side - 1, column + 1); x++)
          if (left.delete(y * side + x)) open.push(y * side + x);
    }
  }
  return count;
}
