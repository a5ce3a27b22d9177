/* The counter: one field, a barcode reader that types and presses Enter, and a keyboard.

   A code is looked up at once. Enter in the empty field does what the answer offers; where the answer asks
   something, it goes to the question first. What was sent and not answered is kept, and sent again, with the same
   key, only when the person says so: the portal does it once, however often it comes. */
(() => {
  "use strict";
  const desk = document.getElementById("desk");
  const form = document.getElementById("desk-form");
  if (!desk || !form) return;
  const field = form.elements.namedItem("barcode");
  const answer = document.getElementById("desk-answer");
  const strip = document.getElementById("desk-person");
  const done = document.getElementById("desk-done");
  const sound = document.getElementById("desk-sound");
  const words = desk.dataset;
  const PATIENCE = 10000;
  let unsent = null; // What was sent and not answered: a function that sends it again.
  let busy = false;

  const person = () => strip.querySelector("[data-person]")?.dataset.person || "";
  const mainForm = () => answer.querySelector("[data-desk-main]");

  function focusField() {
    field.focus();
    field.select();
  }

  function beep() {
    if (!sound.checked) return;
    try {
      const audio = new AudioContext();
      const tone = audio.createOscillator();
      tone.type = "square";
      tone.frequency.value = 220;
      tone.connect(audio.destination);
      tone.start();
      tone.stop(audio.currentTime + 0.25);
      tone.onended = () => audio.close();
    } catch { /* No sound here: the words are on the screen. */ }
  }

  function remember(tone, sentence) {
    const item = document.createElement("li");
    item.className = `desk-was-${tone}`;
    const time = document.createElement("span");
    time.className = "muted";
    time.textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    item.append(time, ` ${sentence}`);
    done.prepend(item);
    while (done.children.length > 60) done.lastElementChild.remove();
    done.closest("section").hidden = false;
  }

  function tell(tone, sentence) {
    const box = document.createElement("section");
    box.className = `desk-answer desk-${tone}`;
    box.setAttribute("aria-label", words.answer);
    box.dataset.tone = tone;
    const text = document.createElement("p");
    text.className = "desk-sentence";
    text.textContent = sentence;
    box.append(text);
    answer.replaceChildren(box);
    if (tone !== "ok") beep();
  }

  function show(html, acted) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const found = page.querySelector("[data-tone]");
    if (!found) return false;
    const here = document.importNode(found, true);
    const newStrip = here.querySelector("[data-person]");
    if (newStrip) strip.replaceChildren(newStrip);
    answer.replaceChildren(here);
    const tone = here.dataset.tone;
    if (acted || tone === "refused") remember(tone, here.dataset.sentence);
    if (acted && tone === "ok") document.getElementById("desk-stale").hidden = false;
    if (tone === "refused" || tone === "ask") beep();
    return true;
  }

  async function send(address, options, acted) {
    busy = true;
    desk.setAttribute("aria-busy", "true");
    try {
      const stop = new AbortController();
      const late = setTimeout(() => stop.abort(), PATIENCE);
      let response, text;
      try {
        response = await fetch(address, {
          ...options, credentials: "same-origin", cache: "no-store", signal: stop.signal,
          headers: { Accept: "application/json, text/html;q=0.5" },
        });
        text = await response.text();
      } finally {
        clearTimeout(late);
      }
      unsent = null;
      if (response.status === 401) tell("refused", words.loggedOut);
      else if (!show(text, acted)) tell("refused", words.failed);
      field.value = "";
    } catch {
      unsent = acted ? () => send(address, options, acted) : null; // A code that was only looked up stays in the field.
      tell("lost", acted ? words.lostAct : words.lostLook);
      remember("lost", acted ? words.lostAct : words.lostLook);
    } finally {
      busy = false;
      desk.removeAttribute("aria-busy");
    }
    const reason = answer.querySelector("[data-tone=refused] input[name=remark], [data-tone=refused] [name=override_reason]");
    if (reason && acted && !unsent) reason.focus();
    else focusField();
  }

  function look(code) {
    const query = new URLSearchParams({ code });
    if (person()) query.set("person", person());
    return send(`${words.look}?${query}`, { method: "GET" }, false);
  }

  function act(pending) {
    const data = new FormData(pending);
    if (person()) data.set("person", person());
    return send(pending.action, { method: "POST", body: data }, true);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (busy) return;
    const code = field.value.trim();
    if (unsent && code) { // A reader presses Enter by itself: that is nobody's word that it may be sent again.
      field.value = "";
      tell("lost", words.lostAct);
      focusField();
      return;
    }
    if (unsent) {
      unsent();
      return;
    }
    if (code) {
      look(code);
      return;
    }
    const pending = mainForm();
    if (!pending) return;
    if (pending.dataset.deskMain === "ask") {
      (pending.querySelector("[name=override_reason]") || pending.querySelector("button")).focus();
    } else {
      pending.requestSubmit();
    }
  });

  answer.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!busy && !unsent) act(event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && desk.contains(document.activeElement)) {
      if (!unsent) {
        answer.replaceChildren();
        if (!field.value) strip.replaceChildren();
      } else {
        unsent = null;
        tell("lost", words.givenUp);
      }
      field.value = "";
      focusField();
      event.preventDefault();
    } else if (document.activeElement === document.body && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      field.focus(); // A reader that types while nothing has the focus is heard all the same.
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if (unsent) event.preventDefault();
  });

  function network() {
    document.getElementById("desk-offline").hidden = navigator.onLine;
  }
  window.addEventListener("online", network);
  window.addEventListener("offline", network);
  network();

  try {
    sound.checked = localStorage.getItem("desk-sound") !== "off";
    sound.addEventListener("change", () => localStorage.setItem("desk-sound", sound.checked ? "on" : "off"));
  } catch { /* A browser that keeps nothing: the choice lasts as long as the page. */ }
  document.getElementById("desk-sound-choice").hidden = false;
  document.getElementById("desk-keys").hidden = false;
  field.required = false;
  focusField();
})();
