// Shows a page when it is complete, or when it has computed for a while. Until then splash.css hides it.
(() => {
  const LATEST_MS = 4000; // after its first element
  const STILL_MS = 100; // between two runs of its script, a page looks complete for a moment
  const find = (mark) => document.querySelector(`[data-testid="${mark}"]`);
  let firstAt = 0;
  let stillAt = 0;
  const look = () => {
    const now = performance.now();
    if (!firstAt && find("stElementContainer")) firstAt = now;
    const loading = find("stSkeleton") || !document.querySelector('[data-test-script-state="notRunning"]');
    if (!firstAt || loading) stillAt = now;
    if (firstAt && (now - stillAt > STILL_MS || now - firstAt > LATEST_MS))
      document.documentElement.classList.add("complete");
    else requestAnimationFrame(look);
  };
  look();
})();
