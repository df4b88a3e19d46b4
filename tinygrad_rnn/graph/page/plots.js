// The other panels, drawn anew each time: norm against lag, maps of little squares, bars.

const DASHES = ["", "7 4", "2 3", "9 3 2 3"];
const MARKS = ["m-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0", "m-3,-3h6v6h-6z", "m0,-4l4,7h-8z",
  "m0,-4l4,4l-4,4l-4,-4z"];
const MAP = {left: 24, bottom: 17};  // room for numbers

function paintLag() {
  const width = widths.get(at("lag")), height = 250, left = 44, bottom = 216;
  const curves = nets.map(net => [...rowOf(net).back.entries()].filter(p => Number.isFinite(p[1])));
  const all = curves.flat();
  const exponents = all.map(p => p[1]), most = Math.max(1, ...all.map(p => p[0]));
  const lo = Math.floor(Math.min(-1, ...exponents)), hi = Math.ceil(Math.max(0.3, ...exponents));
  const x = lag => left + (width - left - 14) * lag / most;
  const y = e => 8 + (bottom - 8) * (hi - e) / (hi - lo), shapes = [];
  const every = Math.ceil((hi - lo) / 8);
  for (let e = Math.floor(hi / every) * every; e >= lo; e -= every) {
    shapes.push(line(left, y(e), width - 6, y(e), e ? "rule" : "axis"));
    shapes.push(label(left - 6, y(e) + 4, e === 0 ? "1" : `1e${e}`, "soft end"));
  }
  for (let lag = 0; lag <= most; lag += Math.ceil(most / 12)) {
    shapes.push(label(x(lag), bottom + 17, lag, "soft middle"));
  }
  shapes.push(label((left + width) / 2, height - 2, "steps back from the loss", "soft middle"));
  curves.forEach((points, n) => shapes.push(...curve(points.map(([k, e]) => [x(k), y(e)]), n)));
  const said = nets.map(net => `${nameOf(net)} ${firstPart(net)} ${factorSaid(net)}`);
  const title = `Norm against lag, ${saidOfAll(lossSaid)}`;
  const flat = "A sum looks flat even where the gradient of each loss vanishes.";
  const note = says(nets.some(net => key(net) === "sum") ? flat : "");
  small("lag-title").textContent = saidOfAll(lossSaid);
  at("lag").replaceChildren(keyOf(said, n => curve([[2, 6], [17, 6], [32, 6]], n)),
    picture(width, height, title, said.join("; "), ...shapes), note);
}

function curve(points, n) {
  const style = {fill: "none", "stroke-width": 2, "stroke-dasharray": DASHES[n % 4]};
  const marked = points.filter((_, i) => points.length < 26 || i % 4 === 0);
  const marks = marked.map(([x, y]) =>
    svg("path", {d: `M${x},${y}${MARKS[n % 4]}`, class: `mark net${n % 4}`}));
  return [svg("polyline", {points: points.join(" "), class: `net${n % 4}`, ...style}), ...marks];
}

// Maps of little squares -------------------------------------------------------------------------

function buildMaps(id, tipOf) {
  at(id).replaceChildren(...nets.map((net, n) => {
    const canvas = set(html("canvas"), {role: "img", "data-net": n});
    const outline = html("div", {className: "outline", hidden: true});
    canvas.addEventListener("pointermove", event =>
      showTip(tipOf(net, ...field(event, net, id)), event.pageX, event.pageY));
    canvas.addEventListener("pointerleave", hideTip);
    return html("figure", {}, html("figcaption", {textContent: nameOf(net)}),
      html("div", {className: "map"}, canvas, outline), says(""));
  }));
}

// The row and the column below the pointer.
function field(event, net, id) {
  const {clientWidth, clientHeight} = event.target;
  const rows = id === "table" ? net.losses.length : net.units;
  const within = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
  return [within(event.offsetY / (clientHeight - MAP.bottom), rows),
    within((event.offsetX - MAP.left) / (clientWidth - MAP.left), net.length)];
}

function paintMap(canvas, height, columns, rows, exponentAt, first, top) {
  const dense = devicePixelRatio, width = widths.get(canvas), gap = columns > 40 ? 0 : 1;
  set(Object.assign(canvas, {width: width * dense, height: height * dense}),
    {style: `height: ${height}px`});
  const pen = canvas.getContext("2d", {willReadFrequently: true}), faint = css("--faint");
  const x = c => Math.round((MAP.left + (width - MAP.left - 1) * c / columns) * dense);
  const y = r => Math.round((height - MAP.bottom) * r / rows * dense);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const e = exponentAt(r, c), inset = e === -Infinity ? (x(c + 1) - x(c)) / 3 : 0;
      const [wide, tall] = [x(c + 1) - x(c), y(r + 1) - y(r)].map(size => size - gap - 2 * inset);
      if (e === undefined) continue;
      pen.fillStyle = inset ? faint : look(e).fill;
      pen.fillRect(x(c) + inset, y(r) + inset, wide, tall);
    }
  }
  pen.font = `${11 * dense}px system-ui, sans-serif`;
  Object.assign(pen, {fillStyle: css("--soft"), textAlign: "right"});
  for (const r of [0, rows - 1]) {
    const middle = (y(r) + y(r + 1)) / 2 + 4 * dense;
    pen.fillText(top + r, x(0) - 5 * dense, Math.max(middle, 9 * dense));
  }
  for (const c of [0, columns - 1]) {
    pen.fillText(first + c, Math.max(x(c + 1), x(0) + 8 * dense), (height - 4) * dense);
  }
}

// The squares are the same whichever loss is chosen: only the outline moves.
function paintTable() {
  nets.forEach((net, n) => {
    const [canvas, outline] = at("table").children[n].querySelectorAll("canvas, .outline");
    const height = Math.round(0.85 * widths.get(canvas)), count = net.losses.length;
    const mode = [view.snapshot, view.relative, isDark(), height].join();
    if (canvas.dataset.mode !== mode) {
      const rows = net.losses.map(([k]) => statesOf(net, String(k))), top = net.losses[0][1] ?? 0;
      paintMap(canvas, height, net.length, count, (r, c) => rows[r][c], net.first, top);
    }
    set(canvas, {tabindex: 0, "data-mode": mode, "aria-label": `${nameOf(net)}: the norm at ` +
      `state t (column) of loss τ (row). Chosen: ${lossSaid(net)}; up and down choose another`});
    const each = (height - MAP.bottom) / count, chosen = lossIndex(net);
    const place = `top: ${chosen * each - 1}px; height: ${each + 2}px; left: ${MAP.left - 2}px`;
    outline.hidden = chosen < 0;
    set(outline, {style: place});
  });
}

function paintUnits() {
  small("units-title").textContent = saidOfAll(net => `${firstPart(net)}, ${lossSaid(net)}`);
  nets.forEach((net, n) => {
    const figure = at("units").children[n], canvas = figure.querySelector("canvas");
    const norms = detail(net, "units"), shape = nets.length > 2 ? 0.25 : 0.36;
    const norm = (r, c) => norms?.[c * net.units + r];
    const height = Math.round(shape * widths.get(canvas));
    paintMap(canvas, height, net.length, net.units, norm, net.first, 0);
    const cut = net.units < net.hidden ? `The first ${net.units} of ${net.hidden} units.` : "";
    figure.lastChild.textContent = norms ? cut : missing(net, "units");
    const said = `${nameOf(net)}: the norm at each hidden unit (row) and step (column)`;
    set(canvas, {"aria-label": said});
  });
}

// Why it shrinks ---------------------------------------------------------------------------------

function paintWhy() {
  const swatch = k => [box(10, 0, 14, 12, {class: `kind${k}`})];
  small("why-title").textContent = `${saidOfAll(lossSaid)}; log10 per step back`;
  at("why").replaceChildren(keyOf(data.kinds, swatch), ...nets.map(net => {
    const why = detail(net, "why"), title = html("figcaption", {textContent: nameOf(net)});
    const drawn = why?.bars.length ? [barsOf(net, why)] : [];
    return html("figure", {}, title, ...drawn, says(why ? why.words : missing(net, "why")));
  }));
}

// What gives is piled up from 0, what takes down from it.
function barsOf(net, {bars, words}) {
  const width = widths.get(at("why")), height = 260 / Math.max(nets.length, 2), left = 44;
  const total = (bar, sign) => bar.reduce((sum, v) => sum + Math.max(sign * v, 0), 0);
  const [up, down] = [1, -1].map(sign => Math.max(5, ...bars.map(bar => total(bar, sign))));
  const y = v => 5 + (height - 10) * (up - v) / (up + down), shapes = [];
  const step = (width - left - 6) / bars.length, wide = Math.max(step - 1, 1);
  bars.forEach((bar, lag) => {
    const reached = [0, 0];
    bar.forEach((v, k) => {
      const side = v < 0 ? 1 : 0, from = reached[side], to = from + v;
      const [top, end] = [y(Math.max(from, to)), y(Math.min(from, to))];
      reached[side] = to;
      shapes.push(box(left + step * lag, top, wide, end - top, {class: `kind${k}`}));
    });
  });
  shapes.push(line(left, y(0), width - 6, y(0), "axis"));
  shapes.push(label(left - 6, y(0) + 4, "0", "soft end"));
  for (const [v, shift] of [[up, 8], [-down, 0]]) {
    const text = (v / 100).toFixed(1);
    if (Math.abs(y(v) - y(0)) > 12) shapes.push(label(left - 6, y(v) + shift, text, "soft end"));
  }
  return picture(width, height, `Why the gradient of ${nameOf(net)} shrinks`, words, ...shapes);
}
