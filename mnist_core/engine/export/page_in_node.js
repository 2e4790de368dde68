// Runs the scripts of an HTML file without a browser: node page_in_node.js FILE. Each line of the input is an image in
// base64, each line of the output its outputs: [logits] or [logits, scores], each for one image.

const fs = require("fs");

const text = fs.readFileSync(process.argv[2], "utf8");
const between = (start) => text.split(start)[1].split("</script>")[0];
const contents = {
  model: between('<script type="application/json" id="model">'),
  weights: between('<script type="text/plain" id="weights">'),
};

// Whatever else the page asks of a browser answers with itself, and nothing happens.
const anything = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.iterator ? () => [][Symbol.iterator]() : name === Symbol.toPrimitive ? () => 0 : anything),
  set: () => true,
  apply: () => anything,
  construct: () => anything,
});
const browser = {
  document: { documentElement: anything, createElement: () => anything, getElementById: (id) => (id in contents ? { textContent: contents[id] } : anything) },
  location: { hash: "" },
  navigator: { languages: ["en"] },
  window: { devicePixelRatio: 1 },
  setTimeout: () => {}, // the page's self-test
};
const run = new Function(...Object.keys(browser), `${between("<script>")}\nreturn run;`)(...Object.values(browser));

const lines = require("readline").createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const { logits, score } = run(new Uint8Array(Buffer.from(line, "base64")));
  console.log(JSON.stringify(score === undefined ? [[logits]] : [[logits], [score]]));
});
