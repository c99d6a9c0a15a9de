// The day a trace is looked at: boxes that the goods had not reached by then are faint.
const picture = document.querySelector("[data-shilian-trace]");
const control = document.querySelector("[data-shilian-trace-time]");
const reach = JSON.parse(document.getElementById("trace-reach")?.textContent ?? "[]");

function show(slider, told) {
  const [day, batches, holders] = reach[Number(slider.value)];
  picture.querySelectorAll("[data-first]").forEach((box) => {
    const isUpstream = Number(box.querySelector("rect").getAttribute("x")) < Number(picture.dataset.start);
    box.classList.toggle("is-later", !isUpstream && box.dataset.first > day);
  });
  told.textContent = `到 ${day}：起点和下游共 ${batches.toLocaleString("zh-CN")} 个批次，${holders.toLocaleString("zh-CN")} 家单位`;
  slider.setAttribute("aria-valuetext", told.textContent);
}

// What lies beyond an edge of the picture is named, and one press leads there.
function followEdges(turns) {
  const room = picture.scrollWidth - picture.clientWidth;
  turns.forEach((turn) => {
    turn.hidden = turn.dataset.way === "1" ? picture.scrollLeft >= room - 1 : picture.scrollLeft <= 1;
  });
}

if (picture) {
  picture.scrollLeft = Number(picture.dataset.start) - picture.clientWidth / 2 + 88;
  const turns = document.querySelectorAll("[data-shilian-trace-turn] button");
  turns.forEach((turn) => turn.addEventListener("click", () => {
    picture.scrollBy({ left: Number(turn.dataset.way) * picture.clientWidth * 0.7 });
  }));
  picture.addEventListener("scroll", () => followEdges(turns), { passive: true });
  window.addEventListener("resize", () => followEdges(turns));
  followEdges(turns);
}

if (picture && control && reach.length > 1) {
  const slider = control.querySelector("input");
  const told = control.querySelector("output");
  slider.max = reach.length - 1;
  slider.value = reach.length - 1;
  slider.addEventListener("input", () => show(slider, told));
  control.hidden = false;
  show(slider, told);
}
