// The talk stays at its end; the composer says how many texts its words are.
const GSM = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[\]~|€\f]*$/u;
const DOUBLE = /[\^{}\\[\]~|€\f]/gu;

const parts = (text) => {
  const gsm = GSM.test(text);
  const units = gsm ? text.length + (text.match(DOUBLE) || []).length : text.length;
  const [single, part] = gsm ? [160, 153] : [70, 67];
  return units <= single ? 1 : Math.ceil(units / part);
};

const say = (area) => {
  const told = document.getElementById(area.dataset.segments);
  const count = parts(area.value);
  if (told) told.textContent = area.value ? `${area.value.length} letters, ${count} ${count === 1 ? "text" : "texts"}` : "";
};

const toEnd = () => {
  const body = document.getElementById("talk-body");
  if (body) body.scrollTop = body.scrollHeight;
};

document.addEventListener("input", (event) => {
  if (event.target.matches("[data-segments]")) say(event.target);
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt.id === "inbox-live") toEnd();
});
toEnd();
document.querySelectorAll("[data-segments]").forEach(say);
