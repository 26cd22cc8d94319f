// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// One case: uncover step by step, keep the lease while somebody is there, say so when it is lost.
import { onKey } from "./keys.js";

const idleAfter = 10 * 60 * 1000;

export function startCase(page) {
  if (!page) return;
  const media = [...page.querySelectorAll("[data-media]")].map(coveredPicture);
  const texts = [...page.querySelectorAll("[data-text]")].map(coveredText);
  // One after the other: the next step of the first picture that is not clear yet, then cover all.
  onKey("v", () => {
    const next = media.find((picture) => picture.step < 2);
    if (next) next.advance(); else media.forEach((picture) => picture.cover());
  });
  keepLease(page, () => [...media, ...texts].forEach((covered) => covered.forget()));
  // A page that comes back from the browser's memory may have lost its lease meanwhile.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  const form = page.querySelector("[data-decide]");
  form.addEventListener("submit", () => {
    // After the browser has collected the form: a second press must not decide the next case.
    setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
  });
}

/** Covered, then blurred in grey, then clear. The bytes are asked for at the first step only. */
function coveredPicture(section) {
  const frame = section.querySelector("[data-frame]");
  const stage = frame.querySelector("[data-stage]");
  const cover = frame.querySelector("[data-covered]");
  const button = section.querySelector("[data-reveal]");
  const coverButton = section.querySelector("[data-cover]");
  const label = button.querySelector("[data-label]");
  const failed = section.querySelector("[data-failed]");
  let image = null;

  const picture = {
    step: 0,
    advance() { if (!button.disabled) show(picture.step === 2 ? 0 : picture.step + 1); },
    cover() { show(0); },
    /** Lets go of the bytes too: for a page whose lease is lost. */
    forget() { show(0); image?.remove(); image = null; },
  };

  function show(step) {
    picture.step = step;
    failed.hidden = true;
    if (step > 0 && !image) {
      image = new Image();
      image.alt = "";
      image.addEventListener("error", () => { show(0); failed.hidden = false; image?.remove(); image = null; });
      image.src = section.dataset.src;
      // Below the marks, which stay where they are.
      stage.prepend(image);
    }
    // The step stands before the picture can be drawn, so it is never clear by accident.
    frame.dataset.step = step;
    cover.hidden = step > 0;
    if (image) image.hidden = step === 0;
    label.textContent = button.getAttribute(`data-label-${step}`);
    coverButton.hidden = step !== 1;
  }

  button.addEventListener("click", () => picture.advance());
  coverButton.addEventListener("click", () => { picture.cover(); button.focus(); });
  return picture;
}

function coveredText(section) {
  const cover = section.querySelector("[data-covered]");
  const place = section.querySelector("[data-place]");
  const button = section.querySelector("[data-show]");
  const label = button.querySelector("[data-label]");

  function set(shown) {
    cover.hidden = shown;
    place.hidden = !shown;
    label.textContent = shown ? button.dataset.labelCover : button.dataset.labelShow;
  }

  button.addEventListener("click", async () => {
    if (!place.hidden && place.hasChildNodes()) return set(false);
    if (!place.hasChildNodes()) {
      const response = await fetch(section.dataset.src + "&part=1", { cache: "no-store" });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const shown = response.ok ? page.body : page.querySelector("main") ?? page.body;
      place.replaceChildren(...shown.childNodes);
    }
    set(true);
  });
  return { forget() { set(false); place.replaceChildren(); } };
}

function keepLease(page, forgetAll) {
  const lost = page.querySelector("[data-lease-lost]");
  const paused = page.querySelector("[data-lease-paused]");
  const offline = page.querySelector("[data-lease-offline]");
  let seen = Date.now();
  let beating = true;

  async function beat() {
    if (!beating) return;
    // Nobody there: the lease runs out by itself and the case goes to a colleague.
    paused.hidden = Date.now() - seen < idleAfter;
    if (!paused.hidden) return;
    try {
      const response = await fetch(`/console/cases/${page.dataset.case}/heartbeat`, {
        method: "POST",
        headers: { "X-CSRF-Token": document.body.dataset.csrf },
        body: new URLSearchParams({ token: page.dataset.token }),
      });
      offline.hidden = true;
      if (response.status === 401) return location.reload();
      if (response.status === 409 || response.status === 403 || response.status === 404) end();
    } catch {
      offline.hidden = false;
    }
  }

  function end() {
    beating = false;
    paused.hidden = true;
    forgetAll();
    page.querySelectorAll("button, select, textarea").forEach((control) => { control.disabled = true; });
    lost.hidden = false;
    lost.focus();
  }

  for (const kind of ["keydown", "pointerdown", "pointermove"]) {
    addEventListener(kind, () => {
      const wasPaused = !paused.hidden;
      seen = Date.now();
      if (wasPaused) beat();
    }, { passive: true });
  }
  setInterval(beat, Number(page.dataset.heartbeat) * 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });
}
