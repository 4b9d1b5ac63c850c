// [data-ready-words] holds words that go with a choice: they follow it until somebody writes their own.
// The choices carry them as data-words-yes and data-words-no; which of the two, the form's `granted` says.
const readyIn = (form) => {
  const chosen = form.querySelector("input[data-words-yes]:checked");
  const answer = form.querySelector("input[name=granted]:checked")?.value === "no" ? "wordsNo" : "wordsYes";
  return chosen?.dataset[answer] ?? "";
};

const isReady = (form, words) =>
  [...form.querySelectorAll("input[data-words-yes]")].some(({ dataset }) => [dataset.wordsYes, dataset.wordsNo].includes(words));

document.addEventListener("change", (event) => {
  const form = event.target.matches?.("input[data-words-yes], input[name=granted]") && event.target.form;
  const field = form && form.querySelector("[data-ready-words]");
  if (!field) return;
  if (!field.value.trim() || isReady(form, field.value)) field.value = readyIn(form) || field.value;
});
