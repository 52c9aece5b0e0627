/** Shows new entries as they are written, on every open page. Without JavaScript the page works too. */
const events = new EventSource("/live");

events.addEventListener("changed", async () => {
  const response = await fetch("/entries");
  if (response.ok) document.querySelector("#entries").innerHTML = await response.text();
});
