(function (id, seen) {
  // pointed.js
  var root = fresh(id);
  if (!root) return;
  var said = add(root, "div", "width:0;min-width:100%;min-height:1.4em;white-space:pre;font:13px system-ui,sans-serif;font-variant-numeric:tabular-nums");
  pointed(root.querySelector("img"), function (text) { said.textContent = text; }, seen);
})
