// The viewer of pages. Every page and hit is a link that works without this; here pages change in place, the ones
// beside are fetched ahead, and the image is zoomed. What is shown always comes from the server's own page.
import { Zoom, replaceImage } from "./viewer-zoom.js";

const KEPT_AHEAD = 6;
const viewer = document.getElementById("viewer");
const stage = document.getElementById("stage");
const status = document.getElementById("viewer-status");
const keys = document.getElementById("viewer-keys");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
const ahead = new Map(); // address under which an image is sent ahead → the image
let going = null; // what is being fetched now

const part = (name, within = viewer) => within.querySelector(`[data-part="${name}"]`);
const zoom = stage ? new Zoom(viewer, (step) => follow(step > 0 ? "page-on" : "page-back")) : null;

function follow(id) {
  const target = document.getElementById(id);
  if (target) target.click();
  return Boolean(target);
}

function say() {
  const said = [...viewer.querySelectorAll("[data-say]")].map((it) => it.textContent.trim());
  status.textContent = said.join(". ");
}

// --- changing the page in place

async function fetched(address, options) {
  going?.abort();
  going = new AbortController();
  viewer.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { ...options, signal: going.signal });
    const text = await answer.text();
    viewer.removeAttribute("aria-busy");
    return { answer, page: new DOMParser().parseFromString(text, "text/html") };
  } catch (error) {
    if (error.name === "AbortError") return null; // Another page was asked for meanwhile.
    viewer.removeAttribute("aria-busy");
    status.textContent = viewer.dataset.failed;
    throw error;
  }
}

async function turnTo(address, { push = true, ...options } = {}) {
  const found = await fetched(address, options).catch(() => null);
  if (!found) return;
  const fresh = found.page.getElementById("viewer");
  if (!found.answer.ok || !fresh || !fresh.querySelector("#stage") !== !stage) {
    window.location.assign(address); // Logged out, no longer readable: the server says so itself.
    return;
  }
  const hash = new URL(address, window.location.href).hash;
  if (push) window.history.pushState(null, "", found.answer.url.split("#")[0] + hash);
  document.title = found.page.title;
  swap(found.page);
  say();
}

function swap(page) {
  const focused = viewer.contains(document.activeElement) ? document.activeElement : null;
  const wasOpen = part("text").open;
  const image = heldImage(part("sheet", page.body));
  for (const name of ["pages", "hits", "turn", "state", "sheet", "thumbs", "text"]) exchange(name, page.body);
  if (image) replaceImage(part("sheet"), image);
  exchange("compare", page.body, document);
  part("text").open = wasOpen;
  if (stage) zoom.attach(stage);
  refocus(focused);
  settle();
}

// The control that was used was exchanged with its page: its successor has the focus, or else the image.
function refocus(focused) {
  if (!focused || document.contains(focused)) return;
  ((focused.id && document.getElementById(focused.id)) || stage || part("text").querySelector("summary")).focus({ preventScroll: true });
}

function exchange(name, from, within = viewer) {
  const [old, fresh] = [part(name, within), part(name, from)];
  if (!old || !fresh) return;
  if (name === "thumbs" && old.dataset.strip && old.dataset.strip === fresh.dataset.strip) updateThumbnails(old, fresh);
  else old.replaceWith(fresh);
}

// The same strip of thumbnails: its images stay, what is said of them changes.
function updateThumbnails(old, fresh) {
  for (const link of old.querySelectorAll("[data-number]")) {
    const now = fresh.querySelector(`[data-number="${link.dataset.number}"]`);
    if (now.hasAttribute("aria-current")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    const [image, turned] = [link, now].map((it) => it.querySelector("img"));
    if (turned.getAttribute("src") !== image.getAttribute("src")) image.src = turned.getAttribute("src");
    link.querySelector(".thumb-hits")?.remove();
    const hits = now.querySelector(".thumb-hits");
    if (hits) link.append(" ", hits);
  }
}

// The image of a new sheet, where it was fetched ahead: the sheet's own is then not asked for. (It is put in only
// after the sheet is in the page: an image that goes through another document is fetched anew.)
function heldImage(sheet) {
  const image = sheet && ahead.get(sheet.dataset.own);
  if (!image || (image.complete && !image.naturalWidth)) return null;
  const own = sheet.querySelector(".page-image");
  const address = own.getAttribute("src");
  own.removeAttribute("src");
  if (!image.complete) image.addEventListener("error", () => { image.src = address; }, { once: true });
  return image;
}

// --- when a page is there: its hit in sight, its thumbnail in sight, the pages beside it on their way

function settle() {
  const sheet = part("sheet");
  const shown = sheet?.querySelector(".page-image");
  const ready = () => {
    const hit = part("hits").dataset.hit;
    if (hit) show(hit);
    if (shown?.naturalWidth) ahead.set(sheet.dataset.own, shown);
    fetchAhead(sheet);
  };
  const thumbnail = viewer.querySelector(".thumbs [aria-current]");
  if (thumbnail) bringIntoSight(thumbnail.closest(".thumbs"), thumbnail);
  if (!shown || shown.complete) ready();
  else {
    shown.addEventListener("load", ready, { once: true });
    shown.addEventListener("error", ready, { once: true });
  }
  countHits();
}

function fetchAhead(sheet) {
  for (const address of (sheet?.dataset.ahead || "").split(" ").filter(Boolean)) {
    if (ahead.has(address)) continue;
    const image = new Image();
    image.addEventListener("error", () => ahead.delete(address), { once: true });
    image.src = address;
    ahead.set(address, image);
  }
  const kept = new Set([sheet?.dataset.own, ...(sheet?.dataset.ahead || "").split(" ")]);
  for (const address of ahead.keys()) {
    if (ahead.size <= KEPT_AHEAD) break;
    if (!kept.has(address)) ahead.delete(address);
  }
}

// Long documents: their hits are counted after the page is shown.
async function countHits() {
  const address = part("hits").dataset.load;
  if (!address) return;
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok || answer.redirected || part("hits").dataset.load !== address) return;
  exchangeWays(await answer.text());
}

function exchangeWays(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const first = Number(part("hits", fresh.body).dataset.first || 1);
  const marks = viewer.querySelectorAll("[data-hit]:is(mark, rect)");
  const shift = first - Math.min(...[...marks].map((mark) => Number(mark.dataset.hit)));
  if (marks.length && shift) marks.forEach((mark) => { mark.dataset.hit = Number(mark.dataset.hit) + shift; });
  exchange("hits", fresh.body);
  exchange("thumbs", fresh.body);
  const hit = part("hits").dataset.hit;
  if (hit) show(hit);
  say();
}

function show(hit) {
  viewer.querySelectorAll(".current:is(mark, rect)").forEach((it) => it.classList.remove("current"));
  viewer.querySelectorAll(`[data-hit="${CSS.escape(hit)}"]:is(mark, rect)`).forEach((it) => it.classList.add("current"));
  const box = viewer.querySelector("rect.current");
  const mark = viewer.querySelector("mark.current");
  const text = part("text");
  if (!box && mark) text.open = true;
  if (box) bringIntoSight(stage, box);
  if (mark && text.open) bringIntoSight(text, mark);
}

// Scroll the box that holds it, and nothing else: the bar stays in sight.
function bringIntoSight(holder, target) {
  const [frame, place] = [holder.getBoundingClientRect(), target.getBoundingClientRect()];
  if (holder.scrollHeight <= holder.clientHeight + 1 && holder.scrollWidth <= holder.clientWidth + 1) return;
  holder.scrollBy({
    left: place.left + place.width / 2 - frame.left - frame.width / 2,
    top: place.top + place.height / 2 - frame.top - frame.height / 2,
    behavior: calm.matches ? "instant" : "smooth",
  });
}

// The next hit on the same page: the page is there already, only the way on is asked for.
async function goToHit(link) {
  show(link.dataset.to);
  const found = await fetched(link.dataset.ways).catch(() => null);
  if (!found) return;
  if (!found.answer.ok || found.answer.redirected || !part("hits", found.page.body)) {
    window.location.assign(link.href);
    return;
  }
  const focused = document.activeElement;
  exchange("hits", found.page.body);
  window.history.replaceState(null, "", link.href);
  refocus(focused);
  show(link.dataset.to);
  say();
}

// --- what people do

viewer.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
  if (!link.closest('[data-part="pages"], [data-part="hits"], [data-part="thumbs"]')) return;
  event.preventDefault();
  const here = part("pages").dataset.number;
  if (link.dataset.to && link.dataset.page === here) goToHit(link);
  else turnTo(link.href);
});

viewer.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches(".viewer-turn")) {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const hit = part("hits").dataset.hit; // The form may be older: from hit to hit on a page, it is not exchanged.
    if (hit) body.set("hit", hit);
    turnTo(form.action, { push: false, method: "POST", body });
  } else if (form.matches(".viewer-go")) {
    event.preventDefault();
    turnTo(`${form.action}?${new URLSearchParams(new FormData(form))}`);
  }
});

window.addEventListener("popstate", () => turnTo(window.location.href, { push: false }));

document.getElementById("full-screen")?.addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else viewer.requestFullscreen();
});
document.addEventListener("fullscreenchange", () => {
  document.getElementById("full-screen")?.setAttribute("aria-pressed", Boolean(document.fullscreenElement));
});
document.getElementById("show-keys")?.addEventListener("click", () => keys.showModal());

// On a phone, tools that are needed less often are folded away; Escape and a tap beside them do that, too.
const more = document.getElementById("viewer-more");
const narrow = window.matchMedia("(max-width: 46rem)");
const fold = () => { if (more) more.open = !narrow.matches; };
narrow.addEventListener("change", fold);
document.addEventListener("click", (event) => { if (narrow.matches && more?.open && !more.contains(event.target)) fold(); });
more?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !narrow.matches || !more.open) return;
  fold();
  more.querySelector("summary").focus();
});
fold();

const press = (id) => () => follow(id);
const LETTERS = {
  n: press("hit-way-n"), p: press("hit-way-p"),
  "+": press("zoom-in"), "=": press("zoom-in"), "-": press("zoom-out"), 0: press("zoom-actual"),
  w: press("fit-width"), h: press("fit-page"), r: press("turn-right"), R: press("turn-left"), f: press("full-screen"),
  t: () => { part("text").open = !part("text").open; return true; },
  "?": () => { keys.showModal(); return true; },
};
const sideways = () => stage?.classList.contains("wide") && document.activeElement === stage;
const PAGES = {
  PageUp: press("page-back"), PageDown: press("page-on"),
  ArrowLeft: () => !sideways() && follow("page-back"), ArrowRight: () => !sideways() && follow("page-on"),
};
const letters = document.getElementById("letter-keys");
letters.checked = localStorage.getItem("viewer-letter-keys") !== "no";
letters.addEventListener("change", () => localStorage.setItem("viewer-letter-keys", letters.checked ? "yes" : "no"));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  if (event.target.closest("input, textarea, select, summary, [contenteditable]")) return;
  const act = (letters.checked ? LETTERS[event.key] : undefined) || (event.shiftKey ? undefined : PAGES[event.key]);
  if (act?.()) event.preventDefault();
});

viewer.querySelectorAll("[data-needs-script]").forEach((it) => { it.hidden = false; });
if (!document.fullscreenEnabled) document.getElementById("full-screen")?.setAttribute("hidden", "");
settle();
