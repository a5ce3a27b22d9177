// How large the image of a page is: fit, zoom, pinch, drag. Several stages (versions side by side) zoom as one.

const STEP = 1.25;
const LEAST = 0.1;
const MOST = 4;
const SHARPER_FROM = 1.15; // A picture stretched by more than this is fetched in more pixels.
const SWIPE = { least: 60, longest: 700 }; // pixels, milliseconds

export class Zoom {
  // `viewer`: the element around stages and controls. `onSwipe(step)`: a finger went sideways (1: to the next page).
  constructor(viewer, onSwipe = () => {}) {
    this.viewer = viewer;
    this.stages = [...viewer.querySelectorAll(".stage")];
    this.onSwipe = onSwipe;
    this.mode = "width";
    this.scale = 1;
    this.control("zoom-in", () => this.by(STEP));
    this.control("zoom-out", () => this.by(1 / STEP));
    this.control("zoom-actual", () => this.to(1));
    this.control("fit-width", () => this.fit("width"));
    this.control("fit-page", () => this.fit("page"));
    this.stages.forEach((stage) => {
      this.listen(stage);
      this.attach(stage);
      new ResizeObserver(() => this.fitAgain(stage)).observe(stage);
    });
  }

  control(id, act) {
    this.viewer.querySelector(`#${id}`)?.addEventListener("click", act);
  }

  // A stage has a new sheet: measure its image as soon as its size is known.
  attach(stage) {
    const image = stage.querySelector(".page-image");
    if (!image) return;
    stage.scrollTo(0, 0);
    if (!image.naturalWidth) image.addEventListener("load", () => this.apply(), { once: true });
    this.apply();
  }

  // The stage has another size (full screen, a phone that is turned): what was in its middle stays there.
  fitAgain(stage) {
    const seen = stage.seen;
    this.apply();
    if (seen) keep(stage, { ...seen, x: stage.clientWidth / 2, y: stage.clientHeight / 2 });
  }

  fit(mode) {
    this.mode = mode;
    this.apply();
  }

  by(factor, point) {
    this.to(this.level() * factor, point);
  }

  // `point`: what stays where it is, in pixels from the stage's corner; else the stage's middle.
  to(scale, point) {
    const before = this.stages.map((stage) => share(stage, point));
    this.mode = "free";
    this.scale = Math.min(MOST, Math.max(LEAST, scale));
    this.apply();
    this.stages.forEach((stage, number) => keep(stage, before[number]));
  }

  // Shown pixels for each pixel of the picture as it is sent first.
  level() {
    const sheet = this.stages[0]?.querySelector(".sheet");
    const full = sheet && fullWidth(sheet);
    return full ? sheet.clientWidth / full : 1;
  }

  apply() {
    this.stages.forEach((stage) => {
      const sheet = stage.querySelector(".sheet");
      const image = sheet?.querySelector(".page-image");
      if (!image) return;
      sheet.style.width = this.width(stage, sheet, image);
      stage.classList.toggle("wide", stage.scrollWidth > stage.clientWidth + 1);
      sharpen(sheet, image);
    });
    const level = this.viewer.querySelector("#zoom-level");
    if (level) level.value = `${Math.round(this.level() * 100)} %`;
    const pressed = { "fit-width": this.mode === "width", "fit-page": this.mode === "page", "zoom-actual": this.mode === "free" && this.scale === 1 };
    Object.entries(pressed).forEach(([id, on]) => this.viewer.querySelector(`#${id}`)?.setAttribute("aria-pressed", on));
  }

  width(stage, sheet, image) {
    const full = fullWidth(sheet);
    if (this.mode === "free" && full) return `${full * this.scale}px`;
    const high = image.naturalHeight || Number(image.getAttribute("height"));
    const wide = image.naturalWidth || Number(image.getAttribute("width"));
    if (this.mode === "page" && high) return `${Math.min(stage.clientWidth, ((stage.clientHeight - 2) * wide) / high)}px`;
    return "100%";
  }

  listen(stage) {
    const fingers = new Map();
    let pinch = null;
    let start = null;
    let drag = null;
    const at = (event) => ({ x: event.clientX, y: event.clientY, time: event.timeStamp });

    stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.by(event.deltaY < 0 ? STEP : 1 / STEP, within(stage, event.clientX, event.clientY));
    }, { passive: false });

    stage.addEventListener("scroll", () => { stage.seen = share(stage); }, { passive: true });
    stage.addEventListener("dragstart", (event) => event.preventDefault());
    stage.addEventListener("click", (event) => {
      if (event.target.closest(".page-picture")) event.preventDefault(); // Without the script it opens the large image.
    });

    stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse") {
        if (event.button === 0) drag = { ...at(event), left: stage.scrollLeft, top: stage.scrollTop };
        return;
      }
      fingers.set(event.pointerId, at(event));
      start = fingers.size === 1 ? at(event) : null;
      pinch = fingers.size === 2 ? { apart: apart(fingers), level: this.level() } : null;
    });
    stage.addEventListener("pointermove", (event) => {
      if (drag && event.pointerType === "mouse") {
        stage.classList.add("dragged");
        stage.scrollTo({ left: drag.left + drag.x - event.clientX, top: drag.top + drag.y - event.clientY, behavior: "instant" });
        return;
      }
      if (!fingers.has(event.pointerId)) return;
      fingers.set(event.pointerId, at(event));
      if (pinch && fingers.size === 2) {
        const middle = [...fingers.values()].reduce((sum, finger) => ({ x: sum.x + finger.x / 2, y: sum.y + finger.y / 2 }), { x: 0, y: 0 });
        this.to((pinch.level * apart(fingers)) / pinch.apart, within(stage, middle.x, middle.y));
      }
    });
    const lift = (event, whole) => {
      if (event.pointerType === "mouse") {
        drag = null;
        stage.classList.remove("dragged");
        return;
      }
      const from = start;
      fingers.delete(event.pointerId);
      start = null;
      if (fingers.size < 2) pinch = null;
      if (!whole || !from || stage.classList.contains("wide")) return;
      const across = event.clientX - from.x;
      const down = event.clientY - from.y;
      if (Math.abs(across) < SWIPE.least || Math.abs(across) < 2 * Math.abs(down)) return;
      if (event.timeStamp - from.time < SWIPE.longest) this.onSwipe(across < 0 ? 1 : -1);
    };
    window.addEventListener("pointerup", (event) => lift(event, true));
    window.addEventListener("pointercancel", (event) => lift(event, false));
  }
}

// Width in pixels of the picture as it is sent first; a sharper one that took its place changes nothing.
function fullWidth(sheet) {
  const image = sheet.querySelector(".page-image");
  if (!sheet.dataset.full && image?.naturalWidth) sheet.dataset.full = image.naturalWidth;
  return Number(sheet.dataset.full || image?.getAttribute("width") || 0);
}

// Fetch the picture in more pixels where it is stretched; the one that is shown stays until the other is there.
function sharpen(sheet, image) {
  const address = sheet.dataset.close;
  if (!address || sheet.dataset.sharpened || !image.naturalWidth) return;
  if (sheet.clientWidth * window.devicePixelRatio < fullWidth(sheet) * SHARPER_FROM) return;
  sheet.dataset.sharpened = "yes";
  const sharper = new Image();
  sharper.addEventListener("load", () => replaceImage(sheet, sharper), { once: true });
  sharper.addEventListener("error", () => { delete sheet.dataset.sharpened; }, { once: true });
  sharper.src = address;
}

// Put a loaded image in the place of the sheet's: it must not be asked for again, nothing of it is cached.
export function replaceImage(sheet, loaded) {
  const image = sheet.querySelector(".page-image");
  if (!image) return;
  for (const name of ["id", "class", "alt"]) loaded.setAttribute(name, image.getAttribute(name) ?? "");
  image.replaceWith(loaded);
}

function share(stage, point) {
  const { x, y } = point || { x: stage.clientWidth / 2, y: stage.clientHeight / 2 };
  return { x, y, across: (stage.scrollLeft + x) / stage.scrollWidth, down: (stage.scrollTop + y) / stage.scrollHeight };
}

function keep(stage, { x, y, across, down }) {
  stage.scrollTo({ left: across * stage.scrollWidth - x, top: down * stage.scrollHeight - y, behavior: "instant" });
}

function within(stage, x, y) {
  const corner = stage.getBoundingClientRect();
  return { x: x - corner.left, y: y - corner.top };
}

function apart(fingers) {
  const [one, two] = [...fingers.values()];
  return Math.max(1, Math.hypot(one.x - two.x, one.y - two.y));
}
