"""A model → one HTML file that reads digits in any browser, with no server and no network.

`page.py` puts the file together from the parts beside it:

- `graph.py` turns the ONNX file into a list of operators, and `weights.py` its weights into bytes.
- `strokes.js`, `tensors.js`, `layers.js`, `operators.js`, `network.js` and `numbers.js` do what the app does in Python.
- `field.js`, `app.js`, `page.html` and `style.css` are what people see.
- `reading.py` reads the network in a page again, to check it.
"""
