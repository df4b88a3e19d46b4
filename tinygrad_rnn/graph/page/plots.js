// The other panels, drawn anew each time: norm against lag, maps of little squares, bars.

const DASHES = ["", "7 4", "2 3", "9 3 2 3"];
const MARKS = ["m-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0", "m-3,-3h6v6h-6z", "m0,-4l4,7h-8z",
  "m0,-4l4,4l-4,4l-4,-4z"];
const TALLEST = 24;  // row of a map, in pixels

function paintLag() {
  const width = at("lag").clientWidth, height = 250, left = 44, bottom = 216;
  const curves = curvesAt(view.snapshot), all = data.training.flatMap((_, s) => curvesAt(s).flat());
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

// Points (lag, exponent) of every network. The axes hold those of all snapshots: what moves with
// the slider is the line.
function curvesAt(snapshot) {
  const points = net => [...rowOf(net, lossIndex(net), snapshot).back.entries()];
  return nets.map(net => points(net).filter(([, e]) => Number.isFinite(e)));
}

function curve(points, n) {
  const style = {fill: "none", stroke: `var(--net${n % 4})`, "stroke-width": 2,
    "stroke-dasharray": DASHES[n % 4]};
  const marked = points.filter((_, i) => points.length < 26 || i % 4 === 0);
  const marks = marked.map(([x, y]) =>
    svg("path", {d: `M${x},${y}${MARKS[n % 4]}`, fill: `var(--net${n % 4})`}));
  return [svg("polyline", {points: points.join(" "), ...style}), ...marks];
}

// Maps of little squares -------------------------------------------------------------------------

// A canvas has one pixel a square: the style sheet makes it as large as there is room.
function buildMaps(id, tipOf, rowsOf, topOf) {
  at(id).replaceChildren(...nets.map((net, n) => {
    const rows = rowsOf(net), top = topOf(net), columns = net.length, end = net.first + columns - 1;
    const canvas = set(html("canvas", {width: columns, height: rows}), {role: "img", "data-net": n,
      style: `max-height: ${TALLEST * rows}px`});
    const number = (text, place) => html("small", {className: place, textContent: text});
    const numbers = [number(top, "top"), number(net.first, "left"), number(end, "right")];
    if (rows > 1) numbers.push(number(top + rows - 1, "bottom"));
    canvas.addEventListener("pointermove", event =>
      showTip(tipOf(net, ...field(event, rows, columns)), event.pageX, event.pageY));
    canvas.addEventListener("pointerleave", hideTip);
    const outline = html("div", {className: "outline", hidden: true});
    return html("figure", {}, html("figcaption", {textContent: nameOf(net)}),
      html("div", {className: "map"}, canvas, outline, ...numbers), says(""));
  }));
}

// The row and the column below the pointer.
function field({target, offsetX, offsetY}, rows, columns) {
  const within = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
  return [within(offsetY / target.clientHeight, rows),
    within(offsetX / target.clientWidth, columns)];
}

// No gradient leaves the paper as it is; a gradient of 0 is grey.
function paintMap(canvas, rows) {
  const pen = canvas.getContext("2d"), faint = css("--faint");
  pen.clearRect(0, 0, canvas.width, canvas.height);
  rows.forEach((row, r) => row.forEach((e, c) => {
    if (e === undefined) return;
    pen.fillStyle = e === -Infinity ? faint : look(e).fill;
    pen.fillRect(c, r, 1, 1);
  }));
}

function paintTable() {
  nets.forEach((net, n) => {
    const [canvas, outline] = at("table").children[n].querySelectorAll("canvas, .outline");
    paintMap(canvas, net.losses.map((_, i) => rowOf(net, i).states));
    set(canvas, {tabindex: 0, "aria-label": `${nameOf(net)}: the norm at ` +
      `state t (column) of loss τ (row). Chosen: ${lossSaid(net)}; up and down choose another`});
    const chosen = lossIndex(net), each = 100 / net.losses.length;
    outline.hidden = chosen < 0;
    set(outline, {style: `top: ${chosen * each}%; height: ${each}%`});
  });
}

function paintUnits() {
  small("units-title").textContent = saidOfAll(net => `${firstPart(net)}, ${lossSaid(net)}`);
  nets.forEach((net, n) => {
    const figure = at("units").children[n], canvas = figure.querySelector("canvas");
    const norms = details(net, "units");
    canvas.parentElement.hidden = !norms;
    paintMap(canvas, norms ?? []);
    const cut = net.units < net.hidden ? `The first ${net.units} of ${net.hidden} units.` : "";
    figure.lastChild.textContent = norms ? cut : missing(net, "units");
    const said = `${nameOf(net)}: the norm at each hidden unit (row) and step (column)`;
    set(canvas, {"aria-label": said});
  });
}

// Why it shrinks ---------------------------------------------------------------------------------

function paintWhy() {
  const swatch = k => [box(10, 0, 14, 12, {fill: `var(--kind${k})`})];
  small("why-title").textContent = `${saidOfAll(lossSaid)}; log10 per step back`;
  at("why").replaceChildren(keyOf(data.kinds, swatch), ...nets.map(net => {
    const why = detail(net, "why"), title = html("figcaption", {textContent: nameOf(net)});
    const drawn = why?.bars ? [drawBars(net, why.words)] : [];
    return html("figure", {}, title, ...drawn, says(why ? why.words : missing(net, "why")));
  }));
}

// For every step, from the loss back, what each kind of op gives or takes.
function barsOf(net, snapshot) {
  const bars = detail(net, "why", snapshot)?.bars, kinds = bars ? unpack(bars) : [[]];
  return kinds[0].map((_, k) => kinds.map(row => row.at(-1 - k)));
}

const pile = (bar, sign) => bar.reduce((sum, v) => sum + Math.max(sign * v, 0), 0);

// What gives is piled up from 0, what takes down from it; there is room for those of all snapshots.
function drawBars(net, words) {
  const width = at("why").clientWidth, height = 120, left = 44;
  const all = data.training.flatMap((_, s) => barsOf(net, s));
  const [most, least] = [1, -1].map(sign => Math.max(0.05, ...all.map(bar => pile(bar, sign))));
  const y = v => 5 + (height - 10) * (most - v) / (most + least), shapes = [];
  const bars = barsOf(net), step = (width - left - 6) / bars.length, wide = Math.max(step - 1, 1);
  bars.forEach((bar, lag) => {
    const reached = [0, 0];
    bar.forEach((v, k) => {
      const side = v < 0 ? 1 : 0, from = reached[side], to = from + v;
      const [top, end] = [y(Math.max(from, to)), y(Math.min(from, to))];
      reached[side] = to;
      shapes.push(box(left + step * lag, top, wide, end - top, {fill: `var(--kind${k})`}));
    });
  });
  shapes.push(line(left, y(0), width - 6, y(0), "axis"));
  shapes.push(label(left - 6, y(0) + 4, "0", "soft end"));
  for (const [v, shift] of [[most, 8], [-least, 0]]) {
    if (Math.abs(y(v) - y(0)) > 12) {
      shapes.push(label(left - 6, y(v) + shift, v.toFixed(1), "soft end"));
    }
  }
  return picture(width, height, `Why the gradient of ${nameOf(net)} shrinks`, words, ...shapes);
}
