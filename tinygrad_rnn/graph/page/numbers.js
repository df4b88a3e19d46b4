// Numbers and colours. A norm is its exponent e = log10(norm): -Infinity for 0, undefined where no
// gradient came by. A row is the exponents of one loss at every step.

const data = JSON.parse(document.getElementById("data").textContent);
const nets = data.networks;
const view = {snapshot: 0, loss: null, net: 0, step: 0, relative: data.normalise !== null};
const SIGNS = {".": undefined, 0: -Infinity, "^": Infinity, "?": NaN};
const LEAPS = {"+": data.letters.length, "-": -data.letters.length};
const unpacked = new Map();

// Rows of exponents: as letters each is written from its end, as differences in hundredths.
function unpack(text) {
  if (!unpacked.has(text)) unpacked.set(text, text.split(" ").map(unpackRow));
  return unpacked.get(text);
}

function unpackRow(text) {
  const row = [], half = (data.letters.length - 1) / 2;
  let hundredths = 0;
  for (const sign of text) {
    if (sign in SIGNS) row.push(SIGNS[sign]);
    else if (sign in LEAPS) hundredths += LEAPS[sign];
    else row.push((hundredths += data.letters.indexOf(sign) - half) / 100);
  }
  return row.reverse();
}

function number(e) {
  if (e === undefined) return "no gradient";
  if (!Number.isFinite(e)) return e === -Infinity ? "0" : e > 0 ? "inf" : "nan";
  if (e < -300 || e > 300) return `1e${Math.round(e)}`;
  const norm = 10 ** e;
  if (norm >= 0.01 && norm < 100) return String(+norm.toPrecision(2));
  return norm >= 100 && norm < 999.5 ? norm.toFixed(0) : norm.toExponential(0).replace("+", "");
}

const plain = x => typeof x === "number" ? String(+x.toPrecision(3)) : x;
const scale = () => view.relative ? data.relative : data.absolute;

// Where an exponent lies on the palette: 0 at the lowest, data.one at norm 1, 1 at the highest.
function position(e) {
  const {lo, hi} = scale(), one = data.one;
  return Math.min(Math.max(e <= 0 ? one * (e - lo) / -lo : one + (1 - one) * e / hi, 0), 1);
}

function colour(u) {
  const k = Math.max(data.stops.findIndex(stop => u <= stop[0]), 1), theme = isDark() ? 2 : 1;
  const [low, high] = [data.stops[k - 1], data.stops[k]], share = (u - low[0]) / (high[0] - low[0]);
  const channel = (stop, i) => parseInt(stop[theme].slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map(i => channel(low, i) + share * (channel(high, i) - channel(low, i)));
  return `rgb(${mixed.map(Math.round).join(", ")})`;
}

const looks = new Map();  // of the present theme and scale; e is a multiple of 0.01

function look(e) {
  const hundredths = e === undefined ? e : Math.round(100 * e);
  if (!looks.has(hundredths)) looks.set(hundredths, newLook(e));
  return looks.get(hundredths);
}

function newLook(e) {
  if (e === undefined || e === -Infinity) {
    return {fill: css("--paper"), line: css("--faint"), width: 0.8, dash: "1.5 2.5"};
  }
  if (!Number.isFinite(e)) {
    return {fill: css("--broken"), line: css("--broken"), width: 3, dash: "4 2"};
  }
  const u = position(e), shade = colour(u);
  return {fill: shade, line: shade, width: 0.8 + 3.6 * u, dash: null};
}

function inkOn(fill) {
  if (!fill.startsWith("rgb")) return fill === css("--paper") ? css("--ink") : "#222222";
  const [r, g, b] = fill.match(/\d+/g).map(channel => (channel / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.3 ? "#ffffff" : "#222222";
}

const isDark = () => document.documentElement.dataset.theme === "dark";
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// What the chosen loss says of a network ---------------------------------------------------------

// view.loss: the number of the loss chosen, or "sum"; before that, each network's own is followed.
function key(net) {
  const last = net.losses.at(-1)[0], has = net.losses.some(([k]) => k === view.loss);
  if (view.loss === null) return net.followed;
  if (view.loss === "sum" && net.losses.length > 1) return "sum";
  return String(has ? view.loss : last);
}

const lossIndex = net => net.losses.findIndex(([k]) => String(k) === key(net));
const lossStep = net => net.losses[lossIndex(net)]?.[1] ?? null;
const less = (e, unit) => e === undefined ? undefined : e - unit;

const lossName = ([k, step]) => step === null ? `loss ${k}` : `loss at t = ${step}`;
const nameOf = net => net.name || (nets[1] ? `network ${nets.indexOf(net) + 1}` : "network");

function lossSaid(net) {
  return key(net) === "sum" ? "sum of all losses" : lossName(net.losses[lossIndex(net)]);
}

// The same of all networks is said once.
function saidOfAll(say) {
  const same = new Set(nets.map(say)).size === 1;
  return same ? say(nets[0]) : nets.map(net => `${nameOf(net)}: ${say(net)}`).join("; ");
}

const momentOf = (net, snapshot = view.snapshot) => net.snapshots[snapshot];

// What a Flow says of a loss, and what stands in for a row that is empty. The last row (-1) is that
// of the sum.
function rowOf(net, i = lossIndex(net), snapshot = view.snapshot) {
  const {rows} = momentOf(net, snapshot), found = name => unpack(rows[name]).at(i);
  const states = found("states"), unit = view.relative ? unpack(rows.units)[0].at(i) : 0;
  const shown = (name, other) =>
    (rows[name] && found(name).length ? found(name) : other).map(e => less(e, unit));
  return {
    unit,
    states: shown("states", []),
    ahead: shown("ahead", states.slice(0, -1)),
    behind: shown("behind", []),
    back: shown("back", states).reverse(),
    factor: rows.factors.at(i),
  };
}

// What is kept for some losses only; undefined for the others.
const detail = (net, name, snapshot) => momentOf(net, snapshot).details[key(net)]?.[name];

function details(net, name) {
  const text = detail(net, name), {unit} = rowOf(net);
  return text === undefined ? text : unpack(text).map(row => row.map(e => less(e, unit)));
}

function missing(net, name) {
  const {details} = momentOf(net);
  const kept = net.losses.filter(([k]) => details[k]?.[name]).map(loss => `the ${lossName(loss)}`);
  if (details.sum?.[name]) kept.push("the sum of all losses");
  return `To keep this page small, this is known for ${kept.join(" and ")} only.`;
}

const firstPart = net => `|dL/d${net.parts[0]}|`;

// "|dL/d(h, c)|"; with arrows where some parts run the other way.
function partsSaid(net) {
  if (net.parts.length === 1) return firstPart(net);
  if (net.parts.length > 2) return `|dL/d(${net.parts.length} parts)|`;
  const arrow = k => net.backward.length ? net.backward.includes(k) ? " ←" : " →" : "";
  return `|dL/d(${net.parts.map((part, k) => part + arrow(k)).join(", ")})|`;
}

// "×0.62 per step back", of the first part of the state.
function factorSaid(net) {
  const {factor} = rowOf(net);
  if (typeof factor !== "number") return "";
  const plainly = factor >= 0.01 && factor < 100;
  return `×${plainly ? factor.toFixed(2) : number(Math.log10(factor))} per step back`;
}
