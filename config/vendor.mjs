// Copies browser assets out of node_modules: `npm ci && npm run vendor`.
// Node is never needed to run or test; the result is committed.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const ICONS = `
  activity arrow-down arrow-left arrow-right arrow-up baby ban bell bell-off brain
  calendar calendar-check calendar-clock calendar-days calendar-off calendar-plus calendar-x
  chart-column check check-check chevron-down chevron-left chevron-right chevron-up circle
  circle-alert circle-check circle-dashed circle-help circle-slash circle-user circle-x
  clipboard-check clipboard-list clock clock-alert copy credit-card dollar-sign door-open download
  ellipsis ellipsis-vertical external-link eye eye-off file-check file-text flag gauge globe
  grip-vertical hand heart heart-handshake history hourglass house inbox info key-round keyboard
  languages layers layout-grid link list list-checks lock log-out mail map-pin megaphone menu
  message-circle message-square-text mic minus moon move octagon-alert panel-right pause pencil
  phone phone-call pill pin play plus printer qr-code receipt refresh-cw repeat reply rotate-ccw
  save search send settings shield shield-check smartphone sparkles square-check
  star stethoscope sun sun-moon tag timer trash-2 trending-down trending-up triangle triangle-alert
  undo-2 upload user user-check user-plus user-round user-x users video voicemail wand-sparkles
  wifi-off x zap
`.trim().split(/\s+/);

const licences = { "htmx.org": "LICENSE", idiomorph: "LICENSE", "lucide-static": "LICENSE",
  "@fontsource-variable/inter": "LICENSE", "axe-core": "LICENSE" };
const inter = (set) => [`files/inter-${set}-wght-normal.woff2`, `static/vendor/inter-5.3.0/inter-${set}-wght-normal.woff2`];
const plan = {
  "htmx.org": [["dist/htmx.min.js", "static/vendor/htmx-2.0.11.min.js"]],
  idiomorph: [["dist/idiomorph-ext.min.js", "static/vendor/idiomorph-ext-0.8.0.min.js"]],
  "@fontsource-variable/inter": [inter("latin"), inter("latin-ext")],
  "lucide-static": ICONS.map((name) => [`icons/${name}.svg`, `static/vendor/lucide/${name}.svg`]),
  "axe-core": [["axe.min.js", "tests/vendor/axe.min.js"]],
};

const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const ready = (path) => (mkdirSync(dirname(path), { recursive: true }), path);

rmSync("static/vendor/lucide", { recursive: true, force: true });
const manifest = Object.entries(plan).map(([name, files]) => {
  const meta = JSON.parse(readFileSync(`node_modules/${name}/package.json`));
  const home = name === "axe-core" ? "tests/vendor" : "static/vendor";
  const licenceFile = `${home}/licences/${name.replace(/[@/]/g, "_").replace(/^_/, "")}.txt`;
  copyFileSync(`node_modules/${name}/${licences[name]}`, ready(licenceFile));
  for (const [from, to] of files) {
    const source = `node_modules/${name}/${from}`;
    if (!to.endsWith(".js")) copyFileSync(source, ready(to));
    else writeFileSync(ready(to), readFileSync(source, "utf8").replace(/\n?\/\/[#@] sourceMappingURL=.*$/gm, ""));
  }
  return { package: name, version: meta.version, licence: meta.license, licence_file: licenceFile,
    files: Object.fromEntries([...files.map(([, to]) => to), licenceFile].map((to) => [to, sha256(to)])) };
});
writeFileSync("static/vendor/vendor.json", `${JSON.stringify(manifest, null, 1)}\n`);
