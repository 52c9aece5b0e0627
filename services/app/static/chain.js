// Draws the time of each tier, from what the browser has measured (Server-Timing).

const EVERY = 1500;
const SHOWN = 10;
const section = document.querySelector("[data-hop]");
const part = (name) => document.querySelector(`[data-${name}]`);

/** From the outside in: each tier waits for the next. */
const tiers = [
  ["network", "network and browser"],
  ["web", "web server"],
  ["queue", "waiting for a worker"],
  ["gateway", "gateway"],
  ["app", "application"],
  ["db", "database"],
];

/** Each tier's own time in milliseconds; undefined: unknown. */
function spans(entry) {
  const reported = Object.fromEntries(
    entry.serverTiming.map(({ name, duration }) => [name, duration]),
  );
  const { web, queue = 0, gateway, app, db = 0 } = reported;
  if (web === undefined && app === undefined) return undefined;
  const least = (span) => Math.max(0, span);
  const inside = gateway ?? app ?? 0;
  const total = entry.responseStart - entry.requestStart;
  return {
    network: least(total - (web ?? queue + inside)),
    web: web === undefined ? undefined : least(web - queue - inside),
    queue,
    gateway: gateway === undefined ? undefined : least(gateway - (app ?? 0)),
    app: least((app ?? 0) - db),
    db,
  };
}

const inMilliseconds = (span) =>
  span === undefined ? "unknown" : `${span < 10 ? span.toFixed(1) : Math.round(span)} ms`;

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

/** One bar; the width of a part is its share. */
function bar(parts) {
  const words = tiers
    .filter(([name]) => parts[name] > 0)
    .map(([name, label]) => `${label} ${inMilliseconds(parts[name])}`);
  const drawn = element("div", "bar");
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", words.join(", "));
  for (const [name] of tiers) {
    const piece = element("span", `piece ${name}`);
    piece.style.flexGrow = String(parts[name] ?? 0);
    drawn.append(piece);
  }
  return drawn;
}

function legend(parts) {
  return element(
    "dl",
    "legend",
    ...tiers.map(([name, label]) =>
      element(
        "div",
        name,
        element("dt", "", label),
        element("dd", "", inMilliseconds(parts[name])),
      ),
    ),
  );
}

function drawThisPage() {
  const [entry] = performance.getEntriesByType("navigation");
  const parts = entry && spans(entry);
  if (parts === undefined) {
    part("time-note").textContent =
      "This response had no Server-Timing header field, so there is nothing to draw.";
    return;
  }
  part("time").replaceChildren(bar(parts), legend(parts));
  const total = tiers.reduce((sum, [name]) => sum + (parts[name] ?? 0), 0);
  part("time-note").textContent =
    `${inMilliseconds(total)} from the request to the first byte of this page, as your browser measured it.`;
}

const served = new Map();
let number = 0;

async function sendRequest() {
  number += 1;
  const url = new URL(section.dataset.hop, location.href);
  url.searchParams.set("n", `${Date.now()}-${number}`);
  const response = await fetch(url);
  const hop = await response.json();
  const entry = await timingOf(url.href);
  const parts = entry && spans(entry);
  const worker = `replica ${hop.replica}, worker ${hop.worker}`;
  count(worker);
  const row = element(
    "li",
    "hop",
    element("span", "who", worker, element("span", "quiet", ` process ${hop.process}`)),
    parts ? bar(parts) : "no timing",
    element("span", "total", parts ? inMilliseconds(entry.responseStart - entry.requestStart) : ""),
  );
  row.dataset.total = parts ? String(entry.responseStart - entry.requestStart) : "0";
  part("hops").prepend(row);
  while (part("hops").children.length > SHOWN) part("hops").lastElementChild.remove();
  compare([...part("hops").children]);
}

/** Scales the bars: the slowest request has the whole width. */
function compare(rows) {
  const slowest = Math.max(...rows.map(({ dataset }) => Number(dataset.total)));
  for (const row of rows) {
    const drawn = row.querySelector(".bar");
    if (drawn) drawn.style.width = `${(100 * Number(row.dataset.total)) / slowest}%`;
  }
}

/** The browser adds the entry shortly after the response. */
async function timingOf(name) {
  for (let tries = 0; tries < 20; tries += 1) {
    const [entry] = performance.getEntriesByName(name);
    if (entry) return entry;
    await new Promise((done) => setTimeout(done, 10));
  }
  return undefined;
}

function count(worker) {
  served.set(worker, (served.get(worker) ?? 0) + 1);
  const rows = [...served].sort(([one], [other]) => one.localeCompare(other));
  part("counts").replaceChildren(
    ...rows.map(([name, times]) => element("li", "", element("b", "", String(times)), ` ${name}`)),
  );
}

let paused = false;
part("pause").addEventListener("click", ({ target }) => {
  paused = !paused;
  target.textContent = paused ? "Continue" : "Pause";
  part("next-status").textContent = paused
    ? `Paused after ${number} requests, served by ${served.size} workers.`
    : "Continued.";
});

async function keepSending() {
  if (!paused && !document.hidden) {
    try {
      await sendRequest();
      performance.clearResourceTimings();
    } catch {
      part("next-status").textContent = "A request failed.";
    }
  }
  setTimeout(keepSending, EVERY);
}

drawThisPage();
part("next").hidden = false;
keepSending();
