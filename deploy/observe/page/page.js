// Draws the panels of panels.json from Prometheus, which serves this page too: no framework, no build.

const REFRESH_MS = 5000;
const POINTS = 240;
const STEP_AT_LEAST = 5;
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 480;
const HEIGHT = 144;
const LEFT = 60;
const BOTTOM = 16;
const TOP = 6;

const range = document.querySelector("#range");
const state = document.querySelector("#state");
const panels = await (await fetch("panels.json")).json();
const drawn = panels.map((panel) => ({ panel, section: sectionOf(panel) }));
document.querySelector("#panels").append(...drawn.map(({ section }) => section));

range.addEventListener("change", refresh);
for (;;) {
  await refresh();
  await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
}

async function refresh() {
  const seconds = Number(range.value);
  const end = Date.now() / 1000;
  const window = { start: end - seconds, end, step: Math.max(STEP_AT_LEAST, seconds / POINTS) };
  try {
    await Promise.all(drawn.map((one) => draw(one, window)));
    state.textContent = `as of ${new Date().toLocaleTimeString()}`;
    state.className = "";
  } catch (error) {
    state.textContent = `Prometheus does not respond (${error.message}): the panels are old`;
    state.className = "bad";
  }
}

async function draw({ panel, section }, window) {
  const responses = await Promise.all(panel.lines.map((line) => seriesOf(line, window)));
  const series = responses.flat();
  const top = Math.max(...series.flatMap(({ points }) => points.map(([, value]) => value)), 0) || 1;
  section.dataset.series = String(series.length);
  const svg = section.querySelector("svg");
  svg.replaceChildren(
    ...axes(top, panel.unit, window),
    ...series.map(({ points }, index) => curve(points, top, window, colour(index))),
  );
  section.querySelector("ul").replaceChildren(
    ...series.map(({ name, points }, index) => {
      const item = element("li", `${name} ${format(points.at(-1)?.[1], panel.unit)}`);
      item.style.setProperty("--line", colour(index));
      return item;
    }),
  );
}

/** The series of one query, named by its template. */
async function seriesOf({ query, name }, { start, end, step }) {
  const parameters = new URLSearchParams({ query, start, end, step });
  const response = await fetch(`/api/v1/query_range?${parameters}`);
  const { status, data, error } = await response.json();
  if (status !== "success") throw new Error(error);
  return data.result.map(({ metric, values }) => ({
    name: name.replace(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? "").trim() || "none",
    points: values
      .map(([time, value]) => [time, Number(value)])
      .filter(([, value]) => Number.isFinite(value)),
  }));
}

function sectionOf({ title, about }) {
  const section = element("section");
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  section.append(element("h2", title), element("p", about), svg, element("ul"));
  return section;
}

/** Three horizontal lines with their values, and the first and last time. */
function axes(top, unit, { start, end }) {
  const lines = [0, 0.5, 1].flatMap((share) => {
    const y = yOf(top * share, top);
    const line = shape("line", { x1: LEFT, x2: WIDTH, y1: y, y2: y });
    return [line, label(format(top * share, unit), LEFT - 4, y + 3, "end")];
  });
  const time = (seconds) => new Date(seconds * 1000).toLocaleTimeString();
  return [
    ...lines,
    label(time(start), LEFT, HEIGHT - 3),
    label(time(end), WIDTH, HEIGHT - 3, "end"),
  ];
}

function curve(points, top, { start, end }, stroke) {
  const x = (time) => LEFT + ((time - start) / (end - start)) * (WIDTH - LEFT);
  const places = points.map(
    ([time, value]) => `${x(time).toFixed(1)},${yOf(value, top).toFixed(1)}`,
  );
  const line = shape("polyline", { points: places.join(" ") });
  line.style.stroke = stroke;
  return line;
}

function yOf(value, top) {
  return HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
}

function label(text, x, y, anchor = "start") {
  const made = shape("text", { x, y, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function element(name, text = "") {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** Far apart on the circle of colours, for any number of lines. */
function colour(index) {
  return `light-dark(hsl(${(210 + index * 137) % 360} 65% 40%), hsl(${(210 + index * 137) % 360} 70% 65%))`;
}

function format(value, unit) {
  if (value === undefined) return "";
  if (unit === "seconds") return value < 1 ? `${round(value * 1000)} ms` : `${round(value)} s`;
  if (unit === "share") return `${round(value * 100)} %`;
  if (unit === "bytes")
    return value < 1e6 ? `${round(value / 1e3)} kB/s` : `${round(value / 1e6)} MB/s`;
  if (unit === "per second") return `${round(value)}/s`;
  if (unit === "days") return `${round(value)} d`;
  return round(value);
}

function round(value) {
  return Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });
}
