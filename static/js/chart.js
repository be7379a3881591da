// The curve of one charge: power, energy and state of charge over time, in the station's time zone.
"use strict";
(() => {
  const element = document.getElementById("curve");
  if (!element || !window.echarts) return;
  const lang = document.documentElement.lang || "en";
  let chart = null;
  let data = null;

  // The tokens are light-dark() pairs; only a computed colour says which one holds.
  function color(name) {
    element.style.color = `var(${name})`;
    return getComputedStyle(element).color;
  }

  const number = (digits) => new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const time = (more = {}) => new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: data.time_zone, ...more });
  const MINUTE = 60000;
  const SHORT = 15 * MINUTE;
  // Two labels must never read the same: a short charge is told in seconds, a longer one can't be zoomed that far.
  const isShort = () => new Date(data.points.at(-1).at) - new Date(data.points[0].at) < SHORT;

  function axis(name, { right = false, offset = 0, max = null } = {}) {
    return {
      type: "value", name, position: right ? "right" : "left", offset, min: 0, max,
      nameTextStyle: { color: color("--faint"), align: right ? "right" : "left" },
      axisLabel: { color: color("--faint"), formatter: (value) => new Intl.NumberFormat(lang, { maximumFractionDigits: 6 }).format(value) },
      splitLine: { show: !right, lineStyle: { color: color("--line") } },
    };
  }

  function line(name, key, yAxisIndex, tone, extra = {}) {
    return {
      name, type: "line", yAxisIndex, showSymbol: false, smooth: 0.15, connectNulls: true,
      data: data.points.map((point) => [point.at, point[key]]),
      lineStyle: { width: 2, color: color(tone) }, itemStyle: { color: color(tone) }, ...extra,
    };
  }

  function options() {
    const words = data.words;
    const hasSoc = data.points.some((point) => point.soc_percent !== null);
    const short = isShort();
    const clock = time();
    const exact = time({ second: "2-digit" });
    const fill = { areaStyle: { color: color("--charging"), opacity: 0.12 } };
    const series = [line(words.power, "power_kw", 0, "--charging", fill), line(words.energy, "energy_kwh", 1, "--free")];
    if (hasSoc) series.push(line(words.soc, "soc_percent", 2, "--occupied", { lineStyle: { width: 1.5, type: "dashed", color: color("--occupied") } }));
    return {
      animation: false,
      textStyle: { fontFamily: "Inter, sans-serif" },
      grid: { left: 46, right: hasSoc ? 92 : 52, top: 52, bottom: 58 },
      legend: { type: "scroll", top: 0, left: 0, right: 0, textStyle: { color: color("--soft") }, icon: "roundRect", itemHeight: 4, itemWidth: 16 },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true,
        backgroundColor: color("--raised"), borderColor: color("--line"), textStyle: { color: color("--text") },
        formatter: (rows) => [exact.format(rows[0].value[0]), ...rows.map((row) => `${row.seriesName}: ${row.value[1] === null ? "–" : number(1).format(row.value[1])}`)].join("\n"),
      },
      xAxis: {
        type: "time", axisLine: { lineStyle: { color: color("--line-strong") } }, splitLine: { show: false },
        axisLabel: { color: color("--faint"), hideOverlap: true, formatter: (at) => (short && at % MINUTE ? exact : clock).format(at) },
      },
      yAxis: [axis("kW"), axis("kWh", { right: true }), { ...axis("%", { right: true, offset: 44, max: 100 }), show: hasSoc }],
      dataZoom: [{ type: "inside", minValueSpan: short ? MINUTE / 6 : SHORT }, { type: "slider", height: 18, bottom: 8, borderColor: color("--line"), fillerColor: "rgba(80,140,200,.16)", textStyle: { color: "transparent" }, showDataShadow: false, brushSelect: false, minValueSpan: short ? MINUTE / 6 : SHORT }],
      series,
    };
  }

  function draw() {
    if (!data) return;
    const empty = document.getElementById("curve-empty");
    empty.hidden = data.points.length > 0;
    element.hidden = data.points.length === 0;
    if (!data.points.length) return;
    chart = chart || window.echarts.init(element, null, { renderer: "canvas" });
    chart.setOption(options(), { replaceMerge: ["series"] });
    element.dataset.points = String(data.points.length);
  }

  async function load() {
    const answer = await fetch(element.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    data = await answer.json();
    draw();
  }

  new ResizeObserver(() => chart?.resize()).observe(element);
  document.addEventListener("ohm:theme", draw);
  // The charge goes on: its panel was swapped by the live socket, so there may be new readings.
  let timer = 0;
  document.addEventListener("htmx:wsAfterMessage", () => {
    clearTimeout(timer);
    timer = setTimeout(load, 1500);
  });
  load();
})();
