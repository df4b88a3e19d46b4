// Shapes: everything is made through here, so that text is never taken for markup.

const at = id => document.getElementById(id);
const small = id => at(id).querySelector("small");

function set(element, attributes) {
  for (const [name, text] of Object.entries(attributes)) {
    if (text === null) element.removeAttribute(name);
    else if (element.getAttribute(name) !== String(text)) element.setAttribute(name, text);
  }
  return element;
}

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  element.append(...children);
  return set(element, attributes);
}

function html(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function picture(width, height, title, description, ...children) {
  const size = {viewBox: `0 0 ${width} ${height}`, width, height};
  return svg("svg", {...size, role: "img", "aria-label": `${title}. ${description}`},
    svg("title", {}, title), svg("desc", {}, description), ...children);
}

const line = (x1, y1, x2, y2, kind = "") => svg("line", {x1, y1, x2, y2, class: kind});
const box = (x, y, width, height, style) => svg("rect", {x, y, width, height, ...style});
const label = (x, y, text, kind = "soft") => svg("text", {x, y, class: kind}, String(text));

// As much of a text as has room; a pixel wide text of a font stands for one that is drawn.
const ruler = document.createElement("canvas").getContext("2d");

function fitted(text, width, font) {
  ruler.font = `${font} system-ui, "Segoe UI", Helvetica, Arial, sans-serif`;
  const fits = shown => ruler.measureText(shown).width <= width;
  if (fits(text)) return text;
  const letters = [...text];
  while (letters.length > 1 && !fits(`${letters.join("")}…`)) letters.pop();
  return `${letters.join("")}…`;
}

const says = text => html("p", {className: "soft", textContent: text});
const power = e => e === 0 ? "1" : `${e > data.lowest ? "" : "<"}1e${e}`;

function keyOf(texts, sample) {
  const items = texts.map((text, k) => html("li", {},
    svg("svg", {viewBox: "0 0 34 12", "aria-hidden": true}, ...sample(k)), ` ${text}`));
  return html("ul", {className: "key"}, ...items);
}
