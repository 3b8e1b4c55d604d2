(function (id, labels, fps, repeat, seen) {
  // pointed.js
  // In the colors of the page, so that they fit light and dark ones.
  var LOOK = "cursor:pointer;font:inherit;color:inherit;background:transparent;border:1px solid;border-radius:.3em;padding:.1em .5em";
  var root = fresh(id);
  if (!root) return;
  var img = root.querySelector("img"), whole = img.src, cut = split(whole), urls = [], table = [], last = cut.frames.length - 1;
  if (last < 1) return;
  img.decoding = "sync";
  var slider = add(root, "input", "display:block;width:100%;margin:.3em 0 0;box-sizing:border-box");
  slider.type = "range";
  slider.min = 0;
  slider.max = last;
  slider.setAttribute("aria-label", "frame");
  // It wraps within the picture instead of widening it.
  var bar = add(root, "div", "width:0;min-width:100%;display:flex;flex-wrap:wrap;gap:.4em;align-items:center;margin-top:.3em;font:13px system-ui,sans-serif");
  var back = button("Back", "one frame back (left arrow)"), play = button("Play", "play or pause (space)");
  var next = button("Next", "one frame on (right arrow)");
  var loop = button("Loop", "begin again after the last frame"), speed = add(bar, "select", LOOK);
  speed.setAttribute("aria-label", "speed");
  ["0.25", "0.5", "1", "2", "4"].forEach(function (by) {
    var option = add(speed, "option", "background:Canvas;color:CanvasText");
    option.value = by;
    option.textContent = by + "\u00d7";
    option.selected = by === "1";
  });
  var save = add(bar, "a", LOOK + ";text-decoration:none");
  save.textContent = "Save";
  save.title = "the animation as a PNG";
  save.href = whole;
  save.download = "animation.png";
  // On a line of its own, so that no button moves when the pointer does.
  var said = add(root, "div", "width:0;min-width:100%;min-height:1.4em;margin-top:.3em;white-space:pre;overflow:hidden;font:13px system-ui,sans-serif;font-variant-numeric:tabular-nums");
  var at = 0, timer = null;

  function button(name, help) {
    var e = add(bar, "button", LOOK + ";min-width:4em");
    e.type = "button";
    e.textContent = name;
    e.title = help;
    return e;
  }

  // The parts of an animated PNG whose frames are all whole: one head, and the data of each frame.
  function split(src) {
    var text = atob(src.slice(src.indexOf(",") + 1)), head = text.slice(0, 8), frames = [];
    for (var p = 8; p + 8 <= text.length; ) {
      var size = 0, type = text.slice(p + 4, p + 8);
      for (var i = 0; i < 4; i++) size = size * 256 + text.charCodeAt(p + i);
      var end = p + 12 + size, data = frames[frames.length - 1];
      if (type === "fcTL") frames.push([]);
      else if (data && type === "IDAT") data.push(text.slice(p + 8, end - 4));
      else if (data && type === "fdAT") data.push(text.slice(p + 12, end - 4));
      else if (type === "IHDR" || type === "PLTE" || type === "tRNS") head += text.slice(p, end);
      p = end;
    }
    return { head: head, frames: frames };
  }
  // A frame as a PNG of its own, made when it is first seen.
  function url(i) {
    if (!urls[i]) urls[i] = "data:image/png;base64," + btoa(cut.head + chunk("IDAT", cut.frames[i].join("")) + chunk("IEND", ""));
    return urls[i];
  }
  function chunk(type, data) {
    for (var n = 0; table.length < 256; n++) {
      for (var k = 0, c = n; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
      table.push(c);
    }
    var body = type + data, crc = -1;
    for (var i = 0; i < body.length; i++) crc = table[(crc ^ body.charCodeAt(i)) & 255] ^ (crc >>> 8);
    return be(data.length) + body + be(~crc);
  }
  function be(v) { return String.fromCharCode(v >>> 24, (v >>> 16) & 255, (v >>> 8) & 255, v & 255); }

  function show(i) {
    at = (i + last + 1) % (last + 1);
    img.src = url(at);
    slider.value = at;
    slider.setAttribute("aria-valuetext", labels[at] || at + 1 + " of " + (last + 1));
    label();
  }
  function label() { said.textContent = (labels[at] ? labels[at] + "  " : "") + (at + 1) + "/" + (last + 1); }
  function run(on) {
    clearInterval(timer);
    timer = null;
    if (on) {
      if (!repeat && at === last) show(0);
      timer = setInterval(function () {
        // At the end, or thrown away by the page.
        if (!root.isConnected || (!repeat && at === last)) run(false);
        else show(at + 1);
      }, 1000 / (fps * speed.value));
    }
    play.textContent = timer ? "Pause" : "Play";
  }
  function looped(on) {
    repeat = on;
    loop.setAttribute("aria-pressed", on);
    loop.style.opacity = on ? 1 : 0.55;
  }
  function go(i) {
    run(false);
    show(i);
  }
  back.onclick = function () { go(at - 1); };
  play.onclick = function () { run(!timer); };
  next.onclick = function () { go(at + 1); };
  loop.onclick = function () { looped(!repeat); };
  speed.onchange = function () { if (timer) run(true); };
  slider.oninput = function () { go(+slider.value); };
  root.onkeydown = function (e) {
    // What a button or slider does by itself stays as it is.
    var own = e.target === slider ? /^(Arrow|Home|End|Page)/ : e.target === speed ? /./ : e.target === root ? /^$/ : /^( |Enter)$/;
    if (e.ctrlKey || e.metaKey || e.altKey || own.test(e.key)) return;
    if (e.key === " ") run(!timer);
    else if (e.key === "ArrowLeft") go(at - 1);
    else if (e.key === "ArrowRight") go(at + 1);
    else if (e.key === "Home") go(0);
    else if (e.key === "End") go(last);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  looped(repeat);
  show(0);
  if (seen) pointed(img, function (text) { if (text && !timer) said.textContent = text; else label(); }, seen);
})
