// The writing side of the calendar: create, carry, pick up, and what the forms do by themselves.
import "./calendar-create.js";
import "./calendar-drag.js";
import "./calendar-pick.js";
import "./visit-form.js";
