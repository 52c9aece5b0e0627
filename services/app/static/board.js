// Updates the list of notices by server-sent events.

const list = document.querySelector("[data-events]");
const status = document.querySelector("[data-live-status]");
const KEPT = 48;
let failures = 0;

function follow() {
  const source = new EventSource(list.dataset.events);
  source.addEventListener("open", () => {
    if (failures > 0) refresh();
    failures = 0;
    say("Live: changes appear automatically.");
    list.dataset.live = "on";
  });
  source.addEventListener("error", () => {
    failures += 1;
    delete list.dataset.live;
    say("Live updates are paused.");
    // After a refusal the browser does not reconnect by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 10_000);
  });
  source.addEventListener("posted", ({ data }) => put(JSON.parse(data), true));
  source.addEventListener("changed", ({ data }) => put(JSON.parse(data), false));
  source.addEventListener("commented", ({ data }) => put(JSON.parse(data), false));
  source.addEventListener("gone", ({ data }) => find(JSON.parse(data).id)?.remove());
  source.addEventListener("missed", refresh);
}

const find = (id) => list.querySelector(`[data-notice="${id}"]`);

/** Replaces the card of a notice, or puts the card of a new one on top. */
function put({ id, title, html }, isNew) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const card = template.content.firstElementChild;
  const old = find(id);
  if (old) return old.replaceWith(card);
  if (!isNew || list.dataset.newest === undefined) return;
  card.classList.add("fresh");
  list.prepend(card);
  list.parentElement.querySelector(".empty")?.remove();
  while (list.children.length > KEPT) list.lastElementChild.remove();
  say(`New notice: ${title}`);
}

/** Events were lost: loads the list again. */
async function refresh() {
  const response = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  list.replaceChildren(...page.querySelector("[data-events]").children);
}

function say(words) {
  status.textContent = words;
}

follow();
addEventListener("pageshow", ({ persisted }) => persisted && refresh());
