// The theme that was chosen in the settings. Streamlit keeps one for each page's address, and reads it after this.
(() => {
  const chosen = /(?:^|; )mnist_studio_theme=(System|Light|Dark)/.exec(document.cookie)?.[1];
  if (chosen) localStorage.setItem(`stActiveTheme-${location.pathname}-v2`, JSON.stringify(chosen));
})();
