// When the server cannot be reached or trips, say so calmly and once; nothing on the page is thrown away.
const SAY = {
  away: "Couldn't reach the practice's server. Nothing was lost; try again.",
  trouble: "Something went wrong on our side. Nothing was lost; try again.",
  refused: "You don't have access to that. Ask an administrator if you need it.",
  gone: "That is no longer there. Someone may have changed it; reload the page to see.",
  often: "That was a lot at once. Wait a moment, then try again.",
};

const tell = (words) => {
  const region = document.querySelector("#alerts");
  if (!region) return;
  const note = document.createElement("div");
  note.className = "note note--warn";
  note.dataset.connection = "";
  const text = document.createElement("div");
  text.className = "note__text";
  text.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button button--small";
  close.textContent = "Close";
  close.addEventListener("click", () => note.remove());
  note.append(text, close);
  const shown = region.querySelector("[data-connection]");
  if (shown?.querySelector(".note__text").textContent === words) return;
  shown?.remove();
  region.append(note);
};

const isPoll = (event) => event.detail.requestConfig?.triggeringEvent === undefined && event.detail.elt?.matches?.("[hx-trigger*=every]");
let missed = 0; // a single missed poll is not worth a word

document.addEventListener("htmx:sendError", (event) => (isPoll(event) && ++missed < 3 ? undefined : tell(SAY.away)));
document.addEventListener("htmx:timeout", () => tell(SAY.away));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status >= 500) tell(status >= 502 && status <= 504 ? SAY.away : SAY.trouble);
  else if (status === 403) tell(SAY.refused);
  else if (status === 404 || status === 410) tell(SAY.gone);
  else if (status === 429) tell(SAY.often);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  missed = 0;
  document.querySelector("#alerts [data-connection]")?.remove();
});
