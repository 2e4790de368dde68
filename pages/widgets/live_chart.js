const SETTLE_MS = 500;  // that a new page takes until everything else is shown

function loadPlotly(url) {
  if (!window.mnistStudioPlotly) {
    window.mnistStudioPlotly = new Promise((resolve, reject) => {
      if (window.Plotly) return resolve(window.Plotly);
      const script = document.createElement("script");
      script.src = url;
      script.onload = () => resolve(window.Plotly);
      script.onerror = reject;
      // Parsing 5 MB of plotly.js keeps the page busy, so the canvas and the buttons come first.
      const whenIdle = window.requestIdleCallback || ((task) => task());
      setTimeout(() => whenIdle(() => document.head.appendChild(script), { timeout: 2000 }), SETTLE_MS);
    });
  }
  return window.mnistStudioPlotly;
}

function colours(element) {
  const style = getComputedStyle(element);
  const text = style.getPropertyValue("--st-text-color").trim() || style.color;
  const line = style.getPropertyValue("--st-border-color").trim() || "rgba(128,128,128,.3)";
  return { text, line };
}

function themed(layout, element) {
  const { text, line } = colours(element);
  const axes = {};
  for (const key of Object.keys(layout).filter((key) => /^[xy]axis/.test(key)))
    axes[key] = { ...layout[key], gridcolor: line, zerolinecolor: line, linecolor: line };
  return { ...layout, ...axes, autosize: true, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
           font: { ...(layout.font || {}), color: text } };
}

// Plotly would choose a colour by that of the cell, as if it covered the page.
function readable(data, element) {
  const { text } = colours(element);
  return data.map((trace) => trace.type === "heatmap" ? { ...trace, textfont: { color: text } } : trace);
}

// The picture has the chart's text as its name. The tool bar beside it is no part of the picture.
function named(node, text) {
  const [picture, ...layers] = node.querySelectorAll(".main-svg");
  if (!picture) return;
  node.removeAttribute("role");
  node.removeAttribute("aria-label");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", text);
  for (const layer of layers) layer.setAttribute("aria-hidden", "true");
}

export default function (component) {
  const { data: [data], parentElement, setTriggerValue } = component;
  const node = parentElement.querySelector(".chart");
  node.style.height = data.height + "px";
  if (!node.querySelector(".main-svg")) {  // until Plotly is there, the empty place has the name
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", data.text);
  }
  const root = window.location.pathname.replace(/\/[^/]*$/, "/");
  loadPlotly(window.location.origin + root + data.plotly).then((Plotly) => {
    const figure = data.figure;
    Plotly.react(node, readable(figure.data, parentElement), themed(figure.layout, parentElement),
                 { displaylogo: false, responsive: true, displayModeBar: data.modebar ? "hover" : false,
                   modeBarButtonsToRemove: ["select2d", "lasso2d", "sendChartToCloud"],
                   locale: "studio", locales: { studio: { dictionary: data.words } } })
      .then(() => named(node, data.text));
    if (!node.dataset.watched) {
      node.dataset.watched = "1";  // a chart drawn in a hidden tab learns its width when the tab opens
      new ResizeObserver(() => { if (node.offsetWidth) Plotly.Plots.resize(node); }).observe(node);
    }
    if (data.clickable && !node.dataset.clickable) {
      node.dataset.clickable = "1";
      node.on("plotly_click", (event) => {
        const point = event.points[0];
        setTriggerValue("clicked", { x: point.x, y: point.y, at: Date.now() });
      });
    }
  }, () => { node.textContent = data.failure; });
}
