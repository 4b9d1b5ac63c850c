// What only the calendar needs; each behaviour attaches itself to the document once.
import "./calendar-poll.js";
import "./calendar-panel.js";
import "./calendar-keys.js";
import "./calendar-now.js";
