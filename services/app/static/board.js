// Keeps the list of notices up to date: server-sent events tell what has changed.

const list = document.querySelector("[data-events]");
const status = document.querySelector("[data-live-status]");
const KEPT = 48;
let failures = 0;

function follow() {
  const source = new EventSource(list.dataset.events);
  source.addEventListener("open", () => {
    if (failures > 0) refresh();
    failures = 0;
    say("Live: changes appear here by themselves.");
    list.dataset.live = "on";
  });
  source.addEventListener("error", () => {
    failures += 1;
    delete list.dataset.live;
    say("Not live at the moment.");
    // Refused, not cut off: the browser itself gives up then.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, 10_000);
  });
  source.addEventListener("posted", ({ data }) => place(JSON.parse(data), true));
  source.addEventListener("changed", ({ data }) => place(JSON.parse(data), false));
  source.addEventListener("commented", ({ data }) => place(JSON.parse(data), false));
  source.addEventListener("gone", ({ data }) => find(JSON.parse(data).id)?.remove());
  source.addEventListener("missed", refresh);
}

const find = (id) => list.querySelector(`[data-notice="${id}"]`);

/** Puts a card in the place of the old one, or a new notice's on top of the newest. */
function place({ id, title, html }, isNew) {
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

/** Something was missed: takes the list from the page as it is now. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  list.replaceChildren(...page.querySelector("[data-events]").children);
}

function say(words) {
  status.textContent = words;
}

follow();
addEventListener("pageshow", ({ persisted }) => persisted && refresh());
