// What a picture and a player share: they find themselves on the page, and say what lies under the pointer.
function fresh(id) {
  // Some pages run a copy of this script elsewhere, so an element is looked up by its name too.
  function within(part) {
    var all = part ? part.querySelectorAll("[data-rastra='" + id + "']") : [];
    return Array.prototype.find.call(all, function (e) { return !e.rastra; });
  }
  var script = document.currentScript, root = within(script && script.parentNode) || within(document);
  if (root) root.rastra = true;
  return root;
}
function add(to, tag, style) {
  var e = document.createElement(tag);
  e.style.cssText = style;
  // JupyterLab looks at the element that has the focus first, and takes its keys unless it says so itself.
  e.setAttribute("data-lm-suppress-shortcuts", "true");
  return to.appendChild(e);
}
// Says the value and place under the pointer, by the color that is there: `seen` has the maps with their grids, and the
// colors with what they stand for.
function pointed(img, say, seen) {
  var canvas = document.createElement("canvas"), drawn = null;
  function color(x, y) {
    var g = canvas.getContext("2d", { willReadFrequently: true });
    if (drawn !== img.src) {
      canvas.width = img.naturalWidth;
      canvas.height = img.naturalHeight;
      g.drawImage(img, 0, 0);
      drawn = img.src;
    }
    var p = g.getImageData(x, y, 1, 1).data;
    return p[3] ? [p[0], p[1], p[2]].map(function (c) { return (c + 256).toString(16).slice(1); }).join("") : "";
  }
  img.onmousemove = function (e) {
    var box = img.getBoundingClientRect(), x = ((e.clientX - box.left) / box.width) * img.naturalWidth;
    var y = ((e.clientY - box.top) / box.height) * img.naturalHeight, text = "";
    seen.maps.forEach(function (m) {
      var r = m.rect;
      if (x < r[0] || y < r[1] || x >= r[0] + r[2] || y >= r[1] + r[3]) return;
      var c = ((x - r[0]) / r[2]) * seen.size[0], l = ((y - r[1]) / r[3]) * seen.size[1], t = seen.transform;
      var at = [t[0] + c * t[1] + l * t[2], t[3] + c * t[4] + l * t[5]];
      var i = seen.colors[m.colors].shades.indexOf(color(x, y)), named = seen.colors[m.colors].values[i];
      text = seen.axes[0] + " " + at[0].toFixed(seen.digits) + ", " + seen.axes[1] + " " + at[1].toFixed(seen.digits);
      if (named !== undefined) text = named + "   " + text;
    });
    say(text);
  };
  img.onmouseleave = function () { say(""); };
}
