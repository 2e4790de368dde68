// What people see beside the field: the number that it shows, and what the network thinks of each digit.

const element = (id) => document.getElementById(id);
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const MODEL = JSON.parse(element("model").textContent);
const WEIGHTS = unpacked(bytesOf(element("weights").textContent).buffer);

const SHORT = 5; // Digits that have room in a line of large letters.

const LANGUAGES = Object.keys(MODEL.languages);
const languageOf = (wanted) => LANGUAGES.find((code) => code.split("_")[0] === wanted.split("-")[0]);
const nextLanguage = () => LANGUAGES[(LANGUAGES.indexOf(language) + 1) % LANGUAGES.length];

const asked = LANGUAGES.find((code) => code === location.hash.slice(1)); // which stays when the page is loaded again
let language = asked ?? navigator.languages.map(languageOf).find(Boolean) ?? LANGUAGES[0];
let strokes = [];
let digits = [];
let marked = 0;

const say = (name, values = {}) => MODEL.texts[language][name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

// ---- the answer

const recognised = ({ verdict }) => verdict === "sure" || verdict === "not sure";
const percent = (share, decimals) => `${(100 * share).toFixed(decimals)}%`;

function show() {
  const one = digits.length === 1 ? digits[0] : null;
  const worst = ["not a digit", "not sure"].find((each) => digits.some(({ verdict }) => verdict === each));
  const text = element("text");
  text.textContent = digits.map((each) => (recognised(each) ? each.digit : "?")).join("") || say("draw");
  text.className = digits.length ? (digits.length > SHORT ? "long" : "") : "hint";
  element("share").textContent = !one ? "" : recognised(one) ? percent(one.probability, 1) : say("most_like", { digit: one.digit });
  element("verdict").textContent = digits.length ? (worst ? say(worst.replaceAll(" ", "_") + (one ? "" : "_several")) : "") : say("hint");
  element("undo").disabled = element("clear").disabled = !strokes.length;
  element("digits").replaceChildren(...(one ? [] : digits.map(button)));
  element("seen").hidden = !one;
  if (one) develop(element("seen").firstElementChild, one.image);
  element("bars").hidden = !digits.length;
  if (digits.length) showBars(digits[marked]);
  paint();
}

function button(digit, n) {
  const [made, picture, label] = ["button", "canvas", "span"].map((name) => document.createElement(name));
  [picture.width, picture.height] = [MODEL.rules.side, MODEL.rules.side];
  develop(picture, digit.image);
  label.textContent = recognised(digit) ? `${digit.digit} · ${percent(digit.probability, 0)}` : "?";
  made.setAttribute("aria-pressed", n === marked);
  made.append(picture, label);
  made.onclick = () => {
    marked = n;
    show();
    element("digits").children[n].focus();
  };
  return made;
}

function showBars({ probabilities, digit }) {
  const columns = probabilities.map((probability, n) => {
    const [column, bar, label] = ["div", "i", "span"].map((name) => document.createElement(name));
    column.className = n === digit ? "" : "low";
    bar.style.height = percent(probability * 0.8, 1);
    label.textContent = n;
    column.title = percent(probability, 1);
    column.append(bar, label);
    return column;
  });
  element("bars").replaceChildren(...columns);
  element("bars").setAttribute("aria-label", say("bars", { list: probabilities.map((p, n) => `${n}: ${percent(p, 0)}`).join(", ") }));
}

// ---- the words

function translate() {
  document.documentElement.lang = language.replace("_", "-");
  for (const id of ["undo", "clear", "offline"]) element(id).textContent = say(id);
  element("measured").textContent = MODEL.measured[language];
  element("language").textContent = MODEL.languages[nextLanguage()];
  element("field").setAttribute("aria-label", say("field"));
  element("seen").lastElementChild.textContent = say("seen");
  element("sources").firstElementChild.textContent = say("sources");
  show();
  showSelfTest();
}

let tested = null;

/** Compare this browser's predictions for a few images with those of the original model. */
function selfTest() {
  const { images, probabilities, tolerance } = MODEL.self_test;
  const [pixels, count] = [bytesOf(images), probabilities.length];
  const took = [];
  const right = probabilities.filter((expected, n) => {
    const started = performance.now();
    const found = predict(pixels.subarray(n * 784, (n + 1) * 784)).probabilities;
    took.push(performance.now() - started);
    return found.every((each, digit) => Math.abs(each - expected[digit]) <= tolerance);
  }).length;
  tested = { right, count, milliseconds: Math.min(...took).toFixed(1) }; // the first ones wait for the browser's compiler
  showSelfTest();
}

function showSelfTest() {
  if (!tested) return;
  element("self-test").textContent = say(tested.right === tested.count ? "passed" : "failed", tested);
  element("self-test").className = tested.right === tested.count ? "" : "alarm";
}

// ---- the start

listenToPen();
element("undo").onclick = () => change(strokes.slice(0, -1));
element("clear").onclick = () => change([]);
element("language").onclick = () => {
  language = nextLanguage();
  location.replace(`#${language}`);
  translate();
};
window.onkeydown = ({ key, ctrlKey, metaKey }) => {
  if (key === "Escape") change([]);
  if (key === "Backspace" || (key === "z" && (ctrlKey || metaKey))) change(strokes.slice(0, -1));
};
element("sources").hidden = !MODEL.sources;
element("sources").lastElementChild.textContent = MODEL.sources;
translate();
setTimeout(selfTest, 100); // after the page is there
