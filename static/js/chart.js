// Draws <figure data-shilian-chart="key"> from the JSON block "key-data"; tables say the same.
import { FONT, drawAll, mount, readable, specOf } from "./drawing.js";

const BRAND = ["#0f766e", "#c2700a", "#2f6fa7", "#7a5195", "#51625f"];
const PATTERN = ["solid", "dashed", "dotted", "solid", "dashed"];

function series(spec) {
  return spec.series.map((one, index) => ({
    name: one.name,
    type: spec.kind === "bar" ? "bar" : "line",
    data: one.values,
    symbolSize: 7,
    barMaxWidth: 28,
    connectNulls: false,
    itemStyle: { color: BRAND[index % BRAND.length] },
    lineStyle: { width: 2.5, type: PATTERN[index % PATTERN.length] },
    ...(index === 0 && spec.target != null ? { markLine: goal(spec) } : {}),
  }));
}

function goal(spec) {
  return {
    symbol: "none",
    silent: true,
    lineStyle: { color: "#182624", type: "dashed", width: 1 },
    label: { formatter: `目标 ${readable(spec.target, spec.unit)}`, position: "insideEndTop", color: "#182624" },
    data: [{ yAxis: spec.target }],
  };
}

function options(spec) {
  return {
    animation: false,
    textStyle: FONT,
    grid: { left: 8, right: 16, top: spec.series.length > 1 ? 40 : 20, bottom: 4, containLabel: true },
    legend: spec.series.length > 1 ? { top: 0, left: 0, textStyle: FONT } : undefined,
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => readable(value, spec.unit) },
    xAxis: { type: "category", data: spec.categories, axisTick: { show: false }, axisLabel: { color: "#51625f" }, axisLine: { lineStyle: { color: "#b3c2bf" } } },
    yAxis: { type: "value", max: spec.max, min: spec.min ?? (spec.kind === "bar" ? 0 : undefined), scale: spec.kind !== "bar", axisLabel: { color: "#51625f", formatter: (value) => readable(value, spec.unit) }, splitLine: { lineStyle: { color: "#e4ebe9" } } },
    series: series(spec),
  };
}

function draw(figure) {
  mount(figure, figure.querySelector(".sl-chart-canvas"), options(specOf(figure.dataset.shilianChart)));
}

drawAll("[data-shilian-chart]", draw);
