// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The stream says that something changed; the page then asks for its part again, at most once a while.
// Where the part has parts of its own (data-part), only those that differ are put in: nothing else is read out again.

export function startLive(place) {
  if (!place) return;
  const state = document.querySelector("[data-stream-state]");
  const mark = document.querySelector("[data-live-mark]");
  const quietTime = Number(place.dataset.quiet ?? 300);
  let timer = null;
  let loading = false;
  let again = false;

  function soon() {
    if (loading) again = true;
    else timer ??= setTimeout(refresh, quietTime);
  }

  async function refresh() {
    timer = null;
    loading = true;
    try {
      const response = await fetch(place.dataset.live, { cache: "no-store" });
      // The session has ended: the page asks for a log-in.
      if (response.status === 401) return location.reload();
      if (response.ok) replace(place, await response.text());
    } catch {
      // The stream says when the server is back.
    } finally {
      loading = false;
      if (again) { again = false; soon(); }
    }
  }

  const source = new EventSource("/console/stream");
  source.addEventListener("update", soon);
  source.addEventListener("open", () => {
    state.textContent = "";
    if (mark) mark.hidden = false;
    soon();
  });
  source.addEventListener("error", () => {
    state.textContent = state.dataset.off;
    if (mark) mark.hidden = true;
    // A refused stream is not tried again by the browser: perhaps the session has ended.
    if (source.readyState === EventSource.CLOSED) soon();
  });
  // What somebody was typing in was left as it was.
  place.addEventListener("focusout", soon);
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  // Ages are written by the server.
  setInterval(() => { if (!document.hidden) soon(); }, 30000);
}

function replace(place, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const parts = fresh.querySelectorAll("[data-part]");
  if (!parts.length) return put(place, fresh);
  for (const part of parts) {
    const old = place.querySelector(`[data-part="${part.dataset.part}"]`);
    if (old && old.innerHTML !== part.innerHTML && !old.querySelector("form:focus-within")) put(old, part);
  }
}

function put(place, fresh) {
  // Who has put the focus on a link keeps it, and what was written in a field stays in it.
  const focused = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const written = [...place.querySelectorAll("input[id]")].filter((field) => field.value !== field.defaultValue)
    .map((field) => [field.id, field.value]);
  place.replaceChildren(...fresh.childNodes);
  for (const [id, value] of written) {
    const field = place.querySelector(`#${CSS.escape(id)}`);
    if (field) field.value = value;
  }
  if (focused) place.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
}
