// Images in rows that wrap. Each is a button that tells its place.

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const grid = parentElement.querySelector(".image-grid");
  const shown = data.images.map((each) => each.source + each.caption + each.mark).join("\n");
  if (grid.shown === shown) return; // the button that has the focus stays
  grid.shown = shown;
  grid.replaceChildren(...data.images.map((each, place) => button(each, place, data)));

  function button({ source, caption, mark }, place, { side, label }) {
    const element = document.createElement("button");
    const image = document.createElement("img");
    const text = document.createElement("span");
    element.type = "button";
    element.setAttribute("aria-label", label.replace("{image}", caption));
    element.onclick = () => setTriggerValue("clicked", { place, at: Date.now() });
    Object.assign(image, { src: source, alt: "", width: side, height: side });
    if (mark) image.style.boxShadow = `0 0 0 3px ${mark}`;
    text.textContent = caption;
    element.append(image, text);
    return element;
  }
}
