(function () {
  // Some pages run a copy of this script elsewhere, so the player is looked up by its name too.
  var here = document.currentScript && document.currentScript.parentNode;
  var root = here && here.querySelector && here.querySelector("[data-rastra-player='ID']");
  root = root || document.querySelector("[data-rastra-player='ID']");
  if (!root || root.dataset.ready) return;
  root.dataset.ready = "yes";
  var img = root.querySelector("img"), labels = LABELS, fps = FPS, loop = LOOP;
  var frames = split(img.src);
  if (frames.length < 2) return;
  var still = window.matchMedia && matchMedia("(prefers-reduced-motion: reduce)").matches;
  var at = 0, timer = null, bar = root.querySelector("div");
  bar.hidden = false;
  bar.style.display = "flex";
  var buttons = bar.querySelectorAll("button"), slider = bar.querySelector("input"), said = bar.querySelector("span");
  slider.max = frames.length - 1;

  // One PNG a frame out of an animated PNG whose frames are all whole.
  function split(src) {
    var text = atob(src.slice(src.indexOf(",") + 1)), n = text.length, head = text.slice(0, 8), p = 8, all = [], data = null;
    function u32(i) { return ((text.charCodeAt(i) << 24) | (text.charCodeAt(i + 1) << 16) | (text.charCodeAt(i + 2) << 8) | text.charCodeAt(i + 3)) >>> 0; }
    while (p + 8 <= n) {
      var size = u32(p), type = text.slice(p + 4, p + 8), end = p + 12 + size;
      if (type === "fcTL") { data = []; all.push(data); }
      else if (type === "IDAT" && data) data.push(text.slice(p + 8, p + 8 + size));
      else if (type === "fdAT" && data) data.push(text.slice(p + 12, p + 8 + size));
      else if (type === "IHDR" || type === "PLTE" || type === "tRNS") head += text.slice(p, end);
      p = end;
    }
    return all.map(function (parts) {
      return "data:image/png;base64," + btoa(head + chunk("IDAT", parts.join("")) + chunk("IEND", ""));
    });
  }
  function be(v) { return String.fromCharCode((v >>> 24) & 255, (v >>> 16) & 255, (v >>> 8) & 255, v & 255); }
  function chunk(type, data) {
    var body = type + data, crc = -1;
    for (var i = 0; i < body.length; i++) crc = table()[(crc ^ body.charCodeAt(i)) & 255] ^ (crc >>> 8);
    return be(data.length) + body + be(~crc);
  }
  function table() {
    if (!table.made) {
      table.made = [];
      for (var n = 0; n < 256; n++) {
        var c = n;
        for (var k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
        table.made.push(c);
      }
    }
    return table.made;
  }

  function show(i) {
    at = (i + frames.length) % frames.length;
    img.src = frames[at];
    slider.value = at;
    slider.setAttribute("aria-valuetext", labels[at] || "");
    said.textContent = (labels[at] ? labels[at] + "  " : "") + (at + 1) + "/" + frames.length;
    root.dataset.frame = at;
  }
  function play(on) {
    if (timer) clearInterval(timer);
    timer = null;
    if (on) {
      if (!loop && at === frames.length - 1) show(0);
      timer = setInterval(function () {
        // The page threw it away.
        if (!root.isConnected) return play(false);
        if (!loop && at === frames.length - 1) return play(false);
        show(at + 1);
      }, 1000 / fps);
    }
    buttons[1].textContent = timer ? "Pause" : "Play";
    root.dataset.playing = timer ? "yes" : "no";
  }
  function step(by) { play(false); show(at + by); }
  buttons[0].onclick = function () { step(-1); };
  buttons[1].onclick = function () { play(!timer); };
  buttons[2].onclick = function () { step(1); };
  slider.oninput = function () { play(false); show(+slider.value); };
  root.onkeydown = function (e) {
    var on = e.target === slider ? [" "] : e.target.tagName === "BUTTON" ? ["ArrowLeft", "ArrowRight", "Home", "End"] : null;
    if (on && on.indexOf(e.key) < 0) return;
    if (e.key === " ") play(!timer);
    else if (e.key === "ArrowLeft") step(-1);
    else if (e.key === "ArrowRight") step(1);
    else if (e.key === "Home") { play(false); show(0); }
    else if (e.key === "End") { play(false); show(frames.length - 1); }
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  show(0);
  play(!still);
})();
