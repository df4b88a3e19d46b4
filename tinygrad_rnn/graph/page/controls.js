// What the reader does: choose, move, hover, play, save. A choice changes `view`; then it paints.

const PANELS = [paintCells, paintLag, paintTable, paintUnits, paintWhy, paintInside];

function paint() {
  const step = data.training[view.snapshot];
  at("at").textContent = step;
  set(at("slider"), {"aria-valuetext": `training step ${step}`});
  at("losses").textContent = nets.map(net => `${nameOf(net)} ${lossValue(net)}`).join(" · ");
  at("unit").textContent = `norms: ${view.relative ? "relative" : "absolute"}`;
  PANELS.forEach(panel => panel());
}

function repaint() {
  looks.clear();
  paint();
}

function lossValue(net) {
  const {values} = momentOf(net), i = lossIndex(net);
  if (i >= 0) return `loss ${plain(values[i])}`;
  return `mean loss ${plain(values.reduce((sum, v) => sum + Number(v), 0) / values.length)}`;
}

const tell = text => { at("chosen").textContent = text; };

function chooseLoss(net, k) {
  view.loss = key(net) === String(k) ? "sum" : k;
  paint();
  const said = net => `${nameOf(net)}: ${lossSaid(net)}, ${factorSaid(net)}`;
  tell(nets.map(said).join(". "));
}

function choose(group) {
  const n = +group.dataset.net, i = +group.dataset.index, net = nets[n];
  roam(group);
  if (group.dataset.role === "loss") return chooseLoss(net, net.losses[i][0]);
  Object.assign(view, {net: n, step: net.first + i});
  paintCells();
  paintInside();
  return tell(`Inside the cell: ${small("inside-title").textContent}`);
}

function chooseRow(net, by) {
  const now = lossIndex(net), next = (now < 0 ? net.losses.length : now) + by;
  if (net.losses[next]) chooseLoss(net, net.losses[next][0]);
}

// Of a row of losses or cells one takes part in the Tab order; arrow keys move among them.
function siblings(group) {
  const {role, net} = group.dataset;
  return [...at("cells").querySelectorAll(`[data-role="${role}"][data-net="${net}"]`)];
}

function roam(group) {
  for (const other of siblings(group)) set(other, {tabindex: other === group ? 0 : -1});
}

function pressed(event) {
  const group = event.target.closest(".choice"), all = siblings(group), i = all.indexOf(group);
  const next = all[{ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: all.length - 1}[event.key]];
  if (!next && event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  if (!next) return choose(group);
  roam(next);
  next.focus();
}

// Tips -------------------------------------------------------------------------------------------

function tipOf({net: n, role, index}) {
  const net = nets[n], i = +index, name = nameOf(net), {values} = momentOf(net);
  if (role === "loss") return `${name}, ${lossName(net.losses[i])}\n${plain(values[i])}`;
  const shares = details(net, "shares"), reads = net.tokens[i] ? `, reads ${net.tokens[i]}` : "";
  const lines = [`${name}, t = ${net.first + i}${reads}`];
  lines.push(`norm of the gradient: ${number(rowOf(net).states[i])}`, `value: ${held(net, i)}`);
  if (shares) lines.push(`this step's share of dL/dW: ${number(shares[0][i])}`);
  return lines.join("\n");
}

// "h -0.2±0.3": mean and standard deviation of every part of the state.
function held(net, t) {
  const rows = unpack(momentOf(net).held);
  return net.parts.map((part, k) => {
    const [deviation, above, below] = rows.slice(3 * k).map(row => row[t]);
    const mean = above === -Infinity && below > above ? `-${number(below)}` : number(above);
    return `${part} ${mean}${deviation === -Infinity ? "" : `±${number(deviation)}`}`;
  }).join(", ");
}

function showTip(text, x, y) {
  const tip = Object.assign(at("tip"), {textContent: text, hidden: false});
  const most = document.documentElement.clientWidth - tip.offsetWidth - 8;
  Object.assign(tip.style, {left: `${Math.max(4, Math.min(x + 12, most))}px`, top: `${y + 16}px`});
}

const hideTip = () => { at("tip").hidden = true; };

function tipBeside(event) {
  const group = event.target.closest(".choice");
  if (!group) return hideTip();
  const box = group.getBoundingClientRect();
  return showTip(tipOf(group.dataset), box.left + scrollX, box.bottom + scrollY);
}

function tipOfTable(net, r, c) {
  const e = rowOf(net, r).states[c];
  return `${nameOf(net)}: ${lossName(net.losses[r])} → state ${net.first + c}\n${number(e)}`;
}

function tipOfUnit(net, r, c) {
  const e = details(net, "units")?.[r]?.[c];
  return `${nameOf(net)}: unit ${r} at t = ${net.first + c}\n${number(e)}`;
}

// Training, colours, saving ----------------------------------------------------------------------

let playing = null;

function show(snapshot) {
  view.snapshot = snapshot;
  at("slider").value = snapshot;
  paint();
}

function setPlaying(timer) {
  clearInterval(playing);
  playing = timer;
  set(at("play"), {"aria-label": timer ? "pause" : "play the training"});
  at("play").textContent = timer ? "❚❚" : "▶";
}

function play() {
  const last = data.training.length - 1;
  if (playing) return setPlaying(null);
  if (view.snapshot === last) show(0);
  return setPlaying(setInterval(() => {
    show(view.snapshot + 1);
    if (view.snapshot === last) setPlaying(null);
  }, 700));
}

function setTheme(dark) {
  const other = dark ? "light" : "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  set(at("theme"), {"aria-label": `switch to ${other} colours`}).textContent = other;
  repaint();
}

// The cells and their legend as a picture of its own, with what the style sheet gives written in.
function save() {
  const drawing = at("cells").firstChild, legend = at("legend").firstChild;
  const [width, height] = ["width", "height"].map(name => +drawing.getAttribute(name));
  const said = `${small("cells-title").textContent}; training step ${data.training[view.snapshot]}`;
  const heading = label(8, 18, `${data.title}: ${said}`, null);
  set(heading, {fill: css("--ink"), "font-family": "sans-serif", "font-size": 13});
  const full = [Math.max(width, 440), height + 84];
  download(picture(...full, data.title, said, box(0, 0, ...full, {fill: css("--paper")}), heading,
    svg("g", {transform: "translate(0, 24)"}, ...standalone(drawing)),
    svg("g", {transform: `translate(8, ${height + 32})`}, ...standalone(legend))));
}

function download(drawing) {
  const text = new XMLSerializer().serializeToString(drawing);
  const href = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
  html("a", {download: "gradient-flow.svg", href}).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

const STYLED = {text: ["fill", "font-family", "font-size", "font-weight", "text-anchor"],
  tspan: ["font-weight"]};
const NEEDLESS = /^(class|role|tabindex|transform|aria-.*|data-.*)$/;

function standalone(drawing) {
  const copy = drawing.cloneNode(true), originals = drawing.querySelectorAll("*");
  copy.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    const names = STYLED[element.tagName] ?? ["fill", "stroke", "stroke-width"];
    element.getAttributeNames().filter(name => NEEDLESS.test(name)).forEach(name =>
      element.removeAttribute(name));
    names.forEach(name => element.setAttribute(name, style.getPropertyValue(name)));
  });
  return copy.childNodes;
}

// The beginning ----------------------------------------------------------------------------------

function listenToCells(panel) {
  const chosen = event => event.target.closest(".choice");
  panel.addEventListener("click", event => { if (chosen(event)) choose(chosen(event)); });
  panel.addEventListener("keydown", event => { if (chosen(event)) pressed(event); });
  for (const kind of ["pointerover", "focusin"]) panel.addEventListener(kind, tipBeside);
  for (const kind of ["pointerleave", "focusout"]) panel.addEventListener(kind, hideTip);
  panel.addEventListener("scroll", keepNamesInSight);
}

function keepNamesInSight() {
  const transform = `translate(${at("cells").scrollLeft})`;
  cells.forEach(({caption}) => set(caption, {transform}));
}

function fitWindow() {
  buildCells();
  keepNamesInSight();
  paint();
}

function listenToTable(table) {
  table.addEventListener("click", event => {
    const net = nets[event.target.dataset.net];
    if (net) chooseLoss(net, net.losses[field(event, net.losses.length, net.length)[0]][0]);
  });
  table.addEventListener("keydown", event => {
    const by = {ArrowUp: -1, ArrowDown: 1}[event.key], net = nets[event.target.dataset.net];
    if (!by || !net) return;
    event.preventDefault();
    chooseRow(net, by);
  });
}

function listen() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => setTheme(dark.matches));
  at("theme").addEventListener("click", () => setTheme(!isDark()));
  at("unit").addEventListener("click", () => { view.relative = !view.relative; repaint(); });
  at("save").addEventListener("click", save);
  at("play").addEventListener("click", play);
  at("slider").addEventListener("input", () => { setPlaying(null); show(+at("slider").value); });
  addEventListener("resize", fitWindow);
  listenToCells(at("cells"));
  listenToTable(at("table"));
  setTheme(dark.matches);
}

function start() {
  const cut = nets.filter(net => net.length < net.total);
  const said = net => `${nameOf(net)}: steps ${net.first} to ${net.first + net.length - 1} ` +
    `of ${net.total}, up to the loss that is followed`;
  at("notes").textContent = cut.map(said).join("; ");
  at("training").hidden = data.training.length < 2;
  at("slider").max = data.training.length - 1;
  view.step = lossStep(nets[0]) ?? nets[0].first + nets[0].length - 1;
  buildCells();
  buildMaps("table", tipOfTable, net => net.losses.length, net => net.losses[0][1] ?? 0);
  buildMaps("units", tipOfUnit, net => net.units, () => 0);
  listen();
  at("cells").scrollLeft = at("cells").scrollWidth;
}

start();
