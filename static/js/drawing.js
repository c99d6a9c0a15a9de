// What charts and maps share: how numbers read, how a canvas is put in its place.

export const FONT = { fontFamily: getComputedStyle(document.body).fontFamily, color: "#182624" };

export function readable(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  return `${Number(value).toLocaleString("zh-CN", { maximumFractionDigits: 1 })}${unit || ""}`;
}

export function mount(figure, canvas, option) {
  figure.classList.add("is-drawn");
  const drawing = window.echarts.init(canvas, null, { renderer: "canvas" });
  drawing.setOption(option);
  if (window.ResizeObserver) new ResizeObserver(() => drawing.resize()).observe(canvas);
  return drawing;
}

export function specOf(key) {
  return JSON.parse(document.getElementById(`${key}-data`).textContent);
}

// A page that htmx brought in may hold figures too; each is drawn once.
export function drawAll(selector, draw) {
  if (!window.echarts) return;
  const fresh = () => document.querySelectorAll(`${selector}:not([data-shilian-seen])`).forEach((figure) => {
    figure.dataset.shilianSeen = "yes";
    draw(figure);
  });
  fresh();
  document.addEventListener("htmx:afterSwap", fresh);
}
