// The key ? opens the Help page, by its link in the top line. Where one types, it is a question mark.
window.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.composedPath()[0].closest?.("input, textarea, select, [contenteditable='true']")) return;
  document.querySelector(".st-key-help-link a")?.click();
});
