// The unrolled cells (built for a window, then recoloured), their legend, and the inside of one.

const LEFT = 26;
const HALF = 42;  // of the width of an op
const NARROW = 700;  // a room in which what is said of a row takes two lines
const cells = [];  // of every network: caption, lines ahead and behind, boxes, stems, rings

function buildCells() {
  const room = at("cells").clientWidth;
  const aside = nets.some(net => net.losses.some(([, step]) => step === null));
  const columns = Math.max(...nets.map(net => net.length)) + (aside ? 1 : 0);
  const narrow = room < NARROW;
  const pitch = Math.max(narrow ? 28 : 18, Math.min(50, (room - LEFT) / columns));
  const tall = (nets.some(net => net.tokens.length) ? 124 : 108) + (narrow ? 15 : 0);
  const width = Math.max(room, LEFT + pitch * columns);
  const drawing = svg("svg", {width, height: tall * nets.length, role: "group",
    "aria-label": "Unrolled cells: choose a loss or a cell; arrow keys move between steps"});
  cells.length = 0;
  nets.forEach((net, n) => buildRow(drawing, net, pitch, tall * n, narrow));
  at("cells").replaceChildren(drawing);
}

function buildRow(drawing, net, pitch, top, narrow) {
  const parts = {caption: captionOf(net, top + 16, narrow), ahead: [], behind: [], boxes: []};
  const x = t => LEFT + pitch * t, half = (pitch - Math.max(6, pitch / 3)) / 2;
  const y = top + (narrow ? 91 : 76), aside = net.backward.length ? 6 : 0;
  const between = (t, y) => line(x(t - 1) + half, y, x(t) - half, y);
  for (let t = 0; t < net.length; t++) {
    const style = {rx: 5, fill: "none", class: "cell frame"};  // else it would fade in from black
    const frame = box(x(t) - half, y - 13, 2 * half, 26, style);
    parts.boxes.push(choice(net, t, "cell", frame));
    if (t) parts.ahead.push(between(t, y - aside));
    if (t && aside) parts.behind.push(between(t, y + aside));
    const numbered = pitch >= 22 || t % 2 === 0;
    drawing.append(label(x(t), y + 27, numbered ? net.first + t : "", "soft middle"));
    if (net.tokens[t]) drawing.append(label(x(t), y + 41, net.tokens[t], "middle"));
  }
  Object.assign(parts, lossesOf(net, x, y - 13, Math.min(10, half + 1)));
  drawing.append(parts.caption, ...parts.ahead, ...parts.behind, ...parts.stems);
  drawing.append(...parts.rings, ...parts.boxes);
  cells.push(parts);
}

// The name of a network, and what is said of it: beside the name, or below where there is no room.
function captionOf(net, y, narrow) {
  const name = svg("tspan", {}, fitted(nameOf(net), 180, "600 12px"));
  return svg("text", {x: 8, y, class: "name"}, name,
    svg("tspan", narrow ? {x: 8, dy: 15} : {dx: 10}));
}

// A circle above its step; those of no step beside the last, several of one step in a pile.
function lossesOf(net, x, y, r) {
  const stems = [], rings = [];
  net.losses.forEach(([, step], i) => {
    const below = net.losses.slice(0, i).filter(other => other[1] === step).length;
    const cx = x(step === null ? net.length : step - net.first), cy = y - 19 - 22 * below;
    stems.push(line(cx, cy + r, cx, step === null ? cy + r : y));
    rings.push(choice(net, i, "loss", svg("circle", {class: "ring frame", cx, cy, r}),
      label(cx, cy + 4, "L", "middle")));
  });
  return {stems, rings};
}

function choice(net, index, role, ...children) {
  const which = {"data-role": role, "data-net": nets.indexOf(net), "data-index": index};
  const button = {class: "choice", role: "button", tabindex: index ? -1 : 0};
  return svg("g", {...button, ...which}, ...children);
}

function paintCells() {
  const unit = view.relative ? "relative to the last state before it" : "absolute";
  small("cells-title").textContent = `${saidOfAll(lossSaid)}; norms ${unit}`;
  nets.forEach((net, n) => {
    const row = rowOf(net), parts = cells[n], factor = factorSaid(net);
    const of = factor && net.parts.length > 1 ? `; of ${net.parts[0]} ` : " ";
    parts.caption.lastChild.textContent = partsSaid(net) + of + factor;
    parts.boxes.forEach((group, t) => paintCell(group, net, t, row.states[t]));
    parts.ahead.forEach((edge, t) => paintLine(edge, row.ahead[t]));
    parts.behind.forEach((edge, t) => paintLine(edge, row.behind[t]));
    net.losses.forEach((loss, i) => {
      const on = ["sum", String(loss[0])].includes(key(net));
      const said = `${nameOf(net)}, ${lossName(loss)}`;
      set(parts.rings[i], {"aria-pressed": on, "aria-label": said});
      paintLine(parts.stems[i], on ? -row.unit : undefined);
    });
  });
  paintLegend();
}

function paintCell(group, net, t, e) {
  const {fill, dash} = look(e), open = nets[view.net] === net && view.step === net.first + t;
  const said = `${nameOf(net)}, cell ${net.first + t}: ${number(e)}`;
  set(group.firstChild, {fill, "stroke-dasharray": dash});
  set(group, {"aria-pressed": open, "aria-label": said});
}

function paintLine(edge, e) {
  const {line: stroke, width, dash} = look(e);
  set(edge, {stroke, "stroke-width": width, "stroke-dasharray": dash});
}

// The legend -------------------------------------------------------------------------------------

function paintLegend() {
  const {lo, hi, broken} = scale(), field = 220 / (hi - lo), x = e => 60 + (e - lo) * field;
  const shapes = [label(0, 10, "vanishing"), label(x(hi) + 5, 10, "exploding")];
  for (let e = lo; e < hi; e += 0.25) {
    shapes.push(box(x(e), 0, field / 4 + 0.3, 11, {fill: colour(position(e + 0.125))}));
  }
  const every = Math.ceil((hi - lo) / 6);
  for (let e = lo - lo % every; e <= hi; e += every) {
    shapes.push(label(x(e), 23, power(e), "soft middle"));
  }
  shapes.push(...sampleOf(60, "no gradient, or 0", undefined));
  if (broken) shapes.push(...sampleOf(190, "nan or inf", NaN));
  const said = `from 1e${lo}, vanishing, to 1e${hi}, exploding`;
  at("legend").replaceChildren(picture(350, 46, "Legend", said, ...shapes));
}

function sampleOf(x, text, e) {
  const {fill, line: stroke, dash} = look(e);
  const style = {rx: 3, fill, stroke, "stroke-dasharray": dash};
  return [box(x + 0.5, 32, 14, 11, style), label(x + 20, 42, text)];
}

// Inside the cell --------------------------------------------------------------------------------

function paintInside() {
  const net = nets[view.net], t = view.step - net.first, plan = net.plans[net.plan_of[t]];
  const norms = details(net, "ops"), shown = [];
  small("inside-title").textContent = `${nameOf(net)}, t = ${view.step}; ${lossSaid(net)}`;
  if (plan.labels.length) shown.push(opsOf(net, t, plan, norms));
  else shown.push(says("No loss depends on the state of this step."));
  if (!norms) shown.push(says(missing(net, "ops")));
  at("inside").replaceChildren(...shown);
}

function opsOf(net, t, plan, norms) {
  const kind = net.plan_of[t], before = net.plan_of.slice(0, t).filter(p => p === kind).length;
  const first = net.plans.slice(0, kind).reduce((sum, other) => sum + other.slots, 0);
  const norm = slot => norms?.[first + slot]?.[before];
  const top = Math.min(...plan.places.map(place => place[1]));
  const point = ([layer, row]) => [50 + 118 * layer, 26 + 44 * (row - top)];
  const points = plan.places.map(point);
  const roads = plan.lines.map(([tail, head, slot, bends]) =>
    road([points[tail], ...bends.map(point), points[head]], norm(slot)));
  const boxes = plan.labels.map((text, i) => opBox(text, ...points[i], norm(i)));
  const said = plan.labels.map((text, i) => `${text}: ${number(norm(i))}`).join("; ");
  const [width, height] = [0, 1].map(i => Math.max(...points.map(p => p[i])));
  return picture(width + 50, height + 26, "The ops of one step", said, ...roads, ...boxes);
}

function road(points, e) {
  const [first, last] = [points[0], points.at(-1)], {line: stroke, width, dash} = look(e);
  const stops = [[first[0] + HALF, first[1]], ...points.slice(1, -1), [last[0] - HALF, last[1]]];
  const bends = stops.slice(1).map((stop, i) => {
    const middle = (stops[i][0] + stop[0]) / 2;
    return `C${middle},${stops[i][1]} ${middle},${stop[1]} ${stop}`;
  });
  const style = {fill: "none", stroke, "stroke-width": width, "stroke-dasharray": dash};
  return svg("path", {d: `M${stops[0]}${bends.join("")}`, ...style}, svg("title", {}, number(e)));
}

function opBox(name, x, y, e) {
  const {fill, line: pale, dash} = look(e), ink = `fill: ${inkOn(fill)}`, known = e !== undefined;
  const style = {rx: 6, fill, stroke: dash ? pale : css("--line"), "stroke-dasharray": dash};
  const text = fitted(name, 2 * HALF - 6, "11px");
  return svg("g", {}, svg("title", {}, `${name}: ${number(e)}`),
    box(x - HALF, y - 16, 2 * HALF, 32, style),
    set(label(x, known ? y - 1 : y + 4, text, "middle"), {style: ink}),
    set(label(x, y + 11, known ? number(e) : "", "middle tiny"), {style: ink}));
}
