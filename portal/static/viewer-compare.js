// Two versions side by side: they zoom as one and scroll as one.
import { Zoom } from "./viewer-zoom.js";

const viewer = document.getElementById("viewer");
const stages = [...viewer.querySelectorAll(".stage")];
let led = null; // the stage that a person scrolls; the other follows and must not lead back

if (stages.length) {
  new Zoom(viewer);
  viewer.querySelectorAll("[data-needs-script]").forEach((it) => { it.hidden = false; });
}

const share = (at, whole, seen) => (whole > seen ? at / (whole - seen) : 0);

stages.forEach((stage) => {
  for (const kind of ["pointerdown", "wheel", "keydown", "focus", "touchstart"]) {
    stage.addEventListener(kind, () => { led = stage; }, { passive: true });
  }
  stage.addEventListener("scroll", () => {
    if (led && led !== stage) return;
    for (const other of stages) {
      if (other === stage) continue;
      other.scrollTo({
        left: share(stage.scrollLeft, stage.scrollWidth, stage.clientWidth) * (other.scrollWidth - other.clientWidth),
        top: share(stage.scrollTop, stage.scrollHeight, stage.clientHeight) * (other.scrollHeight - other.clientHeight),
        behavior: "instant",
      });
    }
  });
});
