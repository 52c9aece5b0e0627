// Shows who reads this notice, and that it has changed.

const notice = document.querySelector("[data-readers]");
const { readers, events, notice: id } = notice.dataset;
const RETRY = { least: 1000, most: 30_000 };
let pause = RETRY.least;

/** The open connection counts as a reader. */
function read() {
  const address = new URL(readers, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.addEventListener("open", () => {
    pause = RETRY.least;
  });
  socket.addEventListener("message", ({ data }) => show(JSON.parse(data)));
  socket.addEventListener("close", () => {
    show({ names: [], guests: 0 });
    setTimeout(read, pause * (0.5 + Math.random()));
    pause = Math.min(2 * pause, RETRY.most);
  });
}

function show({ names, guests }) {
  const status = document.querySelector("[data-readers-status]");
  const people = names.slice(0, 5);
  const others = names.length - people.length + guests;
  if (others > 0) people.push(others === 1 ? "1 guest" : `${others} guests`);
  status.textContent = people.length > 0 ? `Reading now: ${inWords(people)}` : "";
}

const inWords = (words) => new Intl.ListFormat("en").format(words);

function follow() {
  const source = new EventSource(events);
  const hint = document.querySelector("[data-changed]");
  const announce = (words) => {
    hint.hidden = false;
    const link = document.createElement("a");
    link.href = location.pathname;
    link.textContent = "Show the current version";
    hint.replaceChildren(`${words} `, link);
  };
  const about = (words) => (event) => String(JSON.parse(event.data).id) === id && announce(words);
  source.addEventListener("changed", about("The author has changed this notice."));
  source.addEventListener("commented", about("There are new or changed comments."));
  source.addEventListener("gone", about("This notice is no longer on the board."));
}

read();
follow();
