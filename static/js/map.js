// Draws <figure data-shilian-map="key">: divisions coloured by a figure, joined on adcode.
import { FONT, drawAll, mount, readable, specOf } from "./drawing.js";

const SHADES = ["#dcefec", "#a5d3cc", "#5fb0a6", "#1f877d", "#0a5750"];
const NO_DATA = "#e3e8e7";

function extent(values) {
  const known = values.map((one) => one.value).filter((value) => value !== null);
  if (!known.length) return [0, 1];
  const low = Math.floor(Math.min(...known));
  const high = Math.ceil(Math.max(...known));
  return low === high ? [low - 1, high + 1] : [low, high];
}

function shortName(name) {
  return name.length > 2 ? name.replace(/[市县区]$/, "") : name;
}

// Dark names cannot be read on the two darkest shades.
function labelOn(value, [low, high]) {
  const isDark = value !== null && (value - low) / (high - low) > 0.6;
  return isDark ? { color: "#fff", textBorderColor: "rgba(6,58,52,.9)" } : {};
}

function rows(spec, range) {
  return spec.values.map((one) => ({
    name: String(one.adcode),
    value: one.value === null ? NaN : one.value,
    label: { formatter: shortName(one.name), ...labelOn(one.value, range) },
    itemStyle: one.value === null ? { areaColor: NO_DATA } : undefined,
    said: one.name,
    url: one.url,
  }));
}

function options(spec, mapName) {
  const [min, max] = extent(spec.values);
  const narrow = window.innerWidth < 768;
  const hasData = spec.values.some((one) => one.value !== null);
  return {
    animation: false,
    textStyle: FONT,
    tooltip: { trigger: "item", renderMode: "richText", formatter: ({ data }) => data ? `${data.said}\n${spec.label} ${readable(data.value, spec.unit)}` : "没有数据" },
    visualMap: { show: hasData, type: "continuous", min, max, ...(narrow ? { orient: "horizontal", left: "center" } : { left: 4 }), bottom: 0, itemHeight: 120, itemWidth: 14, text: [readable(max, spec.unit), readable(min, spec.unit)], textStyle: { ...FONT, color: "#51625f" }, inRange: { color: SHADES }, calculable: false },
    series: [{
      type: "map", map: mapName, nameProperty: "adcode", aspectScale: 0.82, preserveAspect: "contain", preserveAspectVerticalAlign: "top", roam: false, top: 4, bottom: narrow ? 40 : 8, left: narrow ? 4 : 44, right: 4,
      label: { show: true, fontSize: narrow ? 10 : 12, color: "#10211f", textBorderColor: "rgba(255,255,255,.85)", textBorderWidth: 2 },
      labelLayout: { hideOverlap: true },
      itemStyle: { borderColor: "#fff", borderWidth: 1, areaColor: NO_DATA },
      emphasis: { itemStyle: { areaColor: "#f3c15f" }, label: { color: "#10211f" } },
      select: { disabled: true },
      data: rows(spec, [min, max]),
    }],
  };
}

async function draw(figure) {
  const key = figure.dataset.shilianMap;
  const spec = specOf(key);
  const answer = await fetch(spec.map);
  if (!answer.ok) return;
  window.echarts.registerMap(key, await answer.json());
  const drawing = mount(figure, figure.querySelector(".sl-map-canvas"), options(spec, key));
  drawing.on("click", ({ data }) => { if (data?.url) location.assign(data.url); });
}

drawAll("[data-shilian-map]", draw);
