// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Single keys: an element with data-key="x" is pressed by x. Keys do nothing while somebody types, with a modifier
// held, or when they were switched off in the list of keys.

const stored = "haechi.single-keys";
const extra = new Map();
let isOn = read() !== "off";

/** Lets a page do more than press a button on a key. */
export function onKey(key, act) {
  extra.set(key, act);
}

export function startKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  document.querySelector("[data-open-keys]").addEventListener("click", () => dialog.showModal());
  const box = dialog.querySelector("[data-single-keys]");
  box.checked = isOn;
  box.addEventListener("change", () => {
    isOn = box.checked;
    write(isOn ? "on" : "off");
  });
  onKey("?", () => dialog.showModal());
  onKey("c", () => focus("clause"));
  onKey("r", () => focus("reason"));
  document.addEventListener("keydown", (event) => pressed(event, dialog));
}

function pressed(event, dialog) {
  if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (!isOn || dialog.open || isTyping(event.target)) return;
  // By the place on the keyboard for letters, so that they work while a Korean layout is on.
  const key = /^Key[A-Z]$/.test(event.code) && event.key.length === 1 && !/^[a-z]$/i.test(event.key)
    ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
  const act = extra.get(key);
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  if (!act && !target) return;
  event.preventDefault();
  if (act) act(); else target.click();
}

function isTyping(element) {
  return element instanceof HTMLElement
    && (element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName) && element.type !== "checkbox");
}

function focus(id) {
  document.getElementById(id)?.focus();
}

function read() {
  try { return localStorage.getItem(stored); } catch { return null; }
}

function write(value) {
  try { localStorage.setItem(stored, value); } catch { /* works for this page only */ }
}
