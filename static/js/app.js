// Every behaviour attaches itself to the document once; markup asks for it with data- attributes.
import "./theme.js";
import "./menu.js";
import "./dialog.js";
import "./toast.js";
import "./focus.js";
import "./keys.js";
import "./idle.js";
import "./combobox.js";
import "./drop-file.js";
import "./ready-words.js";
import "./insert.js";
import "./htmx-errors.js";
