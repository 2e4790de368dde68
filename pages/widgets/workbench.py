"""How the Draw page shares its room: the field at the left, the prediction beside it or, on a narrow screen, below."""

CSS = """
/* The field is as large as its column and the window's height allow. */
.st-key-desk { --field: clamp(280px, 100dvh - 20rem, 560px); }
.st-key-desk:has(canvas.wide) { --field: 720px; }
.st-key-canvas canvas, .st-key-canvas:not(:has(canvas)) { max-width: var(--field); aspect-ratio: 1; }
.st-key-tools { column-gap: .5rem; row-gap: .4rem; }
.st-key-tools kbd { color: inherit !important; opacity: 1 !important; }
@media (min-width: 641px) {
  .st-key-desk [data-testid="stColumn"]:first-child { flex: 0 0 min(50% - 1rem, var(--field)); }
  .st-key-desk [data-testid="stColumn"]:last-child { flex: 1 1 0; max-width: 760px; }
}
@media (max-width: 640px) {
  .st-key-desk { --field: clamp(220px, 100dvh - 33rem, 560px); }
  .st-key-desk:has(canvas.wide) { --field: 720px; }
  .st-key-desk [data-testid="stHorizontalBlock"], .st-key-desk [data-testid="stVerticalBlock"] { gap: .5rem; }
  .st-key-heading [data-testid="stCaptionContainer"] { display: none; }
  .st-key-tools { justify-content: center; }
  .st-key-tools [data-testid="stTooltipIcon"], .st-key-tools kbd { display: none; }
  :is(.st-key-tools, .st-key-sources [data-testid="stButtonGroup"]) button { min-height: 2.75rem; min-width: 2.75rem; }
  :is(.st-key-undo, .st-key-clear) [data-testid="stMarkdownContainer"] { position: absolute; font-size: 0; }
  :is(.st-key-undo, .st-key-clear) p { font-size: 0; }
}
"""
