// A file may be dropped anywhere on [data-drop]; it lands in the file field inside. One that is too large is told at once,
// before it travels: data-most-bytes, data-too-large. Without this module the field works as any other.
const regionOf = (event) => event.target.closest?.("[data-drop]");

const say = (region) => {
  const file = region.querySelector("input[type=file]").files[0];
  const words = region.querySelector("[data-drop-says]");
  words.textContent = file && file.size > Number(region.dataset.mostBytes) ? region.dataset.tooLarge : "";
};

document.addEventListener("dragover", (event) => {
  const region = regionOf(event);
  if (!region || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  region.dataset.drop = "over";
});
document.addEventListener("dragleave", (event) => {
  const region = regionOf(event);
  if (region && !region.contains(event.relatedTarget)) region.dataset.drop = "";
});
document.addEventListener("drop", (event) => {
  const region = regionOf(event);
  if (!region || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  region.dataset.drop = "";
  const field = region.querySelector("input[type=file]");
  field.files = event.dataTransfer.files;
  field.focus();
  say(region);
});
document.addEventListener("change", (event) => {
  const region = regionOf(event);
  if (region && event.target.type === "file") say(region);
});
