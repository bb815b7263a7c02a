// A Plotly chart that stays: new rows, new points, another theme and another width are drawn into the same picture,
// so that zoom, hover and hidden curves survive.

import { follow } from "./follow.js";
import { add, keep, restart, settle } from "./growth.js";

const PHONE = 480; // px: on a narrower picture the figure's `meta.phone` applies
const LINE = 17; // px from one label to the next
const THROUGH = ".outline-controllers { display: none } .selectionlayer path, .select-outline { pointer-events: none !important }";
const CONFIG = { displayModeBar: false }; // drag to zoom, double-click to zoom back out

const charts = new WeakMap();

// Streamlit calls this for a new chart, for new data and for a new theme. Returns what to do when the chart goes.
export default async function show({ data, parentElement, setTriggerValue }) {
  if (!charts.has(parentElement)) charts.set(parentElement, new Chart(parentElement));
  const chart = charts.get(parentElement);
  const visit = (chart.visit = Symbol("visit"));
  chart.tell = (place) => data.picks && setTriggerValue("picked", place);
  chart.tellBrushed = (names) => data.brushes && setTriggerValue("brushed", names);
  chart.take(data);
  await plotly();
  if (visit === chart.visit) chart.draw();
  return () => visit === chart.visit && chart.leave(); // an earlier visit has nothing left to clean up
}

let loading;
export function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const src = new URL("plotly.min.js", import.meta.url);
    const onerror = () => {
      loading = undefined; // the next chart tries again
      reject(new Error("Plotly could not be loaded."));
    };
    document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror }));
  });
  return loading;
}

export class Chart {
  constructor(parent) {
    this.parent = parent;
    this.picture = parent.appendChild(document.createElement("div"));
    this.picture.setAttribute("role", "img");
    this.style = parent.appendChild(document.createElement("style"));
    this.style.textContent = THROUGH; // what was selected can still be clicked
    Object.assign(this.picture.style, { color: "var(--st-text-color)", fontFamily: "var(--st-font)" });
    this.traces = [];
    this.resizes = new ResizeObserver(() => this.picture.clientWidth !== this.width && this.draw());
    this.resizes.observe(this.picture);
  }

  // Takes over a figure, with the points of the same attempt that came after it was made, and follows its run.
  take(data) {
    const before = { traces: this.traces, run: this.run, attempt: this.figure?.layout.meta.attempt };
    this.figure = JSON.parse(data.figure);
    this.traces = this.figure.data;
    this.run = data.run;
    this.dark = data.dark;
    const { attempt } = this.figure.layout.meta;
    if (before.attempt ? before.attempt === attempt : before.run && before.run === data.run) {
      keep(this.traces, before.traces);
    }
    this.picture.setAttribute("aria-label", data.label);
    this.picture.style.height = `${this.layout().height}px`; // from the first moment, so that nothing jumps
    this.unfollow?.();
    this.unfollow = data.run && follow(data.run, data.since, (answer) => this.hear(answer));
  }

  hear(answer) {
    if (answer.restarted) restart(this.traces);
    const isNew = answer.points.map((point) => add(this.traces, point)).includes(true);
    if (answer.restarted || isNew) this.draw(answer.at);
  }

  // Draws what is known; `at` says when the newest of it was stored (unix seconds).
  async draw(at) {
    this.stale = true;
    if (this.busy || !window.Plotly || !this.picture.clientWidth) return;
    this.busy = true;
    try {
      while (this.stale) {
        await new Promise((resolve) => setTimeout(resolve)); // several charts in a row leave room for the reader's hand
        this.stale = false;
        this.width = this.picture.clientWidth;
        await this.react(this.layout());
      }
    } finally {
      this.busy = false;
    }
    if (at) requestAnimationFrame(() => setTimeout(() => record(at)));
  }

  async react(layout) {
    const { picture } = this;
    const isFirst = !picture.layout;
    const dark = isDark(picture) ? this.dark : {};
    picture.style.height = `${layout.height}px`;
    for (const label of named(layout)) label.yshift = named(picture.layout).find(({ name }) => name === label.name)?.yshift;
    await Plotly.react(picture, coloured(this.traces, dark), coloured(layout, dark), CONFIG);
    if (isFirst) picture.on("plotly_relayout", () => spread(picture));
    if (isFirst) picture.on("plotly_click", ({ points: [{ x, y }] }) => this.tell?.([x, y]));
    if (isFirst) picture.on("plotly_selected", (told) => told && this.tellBrushed?.(namesOf(told.points)));
    if (isFirst) picture.on("plotly_deselect", () => this.tellBrushed?.([]));
    spread(picture);
  }

  // The figure's layout for this width and these points.
  layout() {
    const layout = structuredClone(this.figure.layout);
    layout.width = this.picture.clientWidth;
    if (layout.width && layout.width < PHONE) {
      for (const [path, value] of Object.entries(layout.meta.phone)) set(layout, path.split("."), value);
    }
    layout.font.family = getComputedStyle(this.picture).fontFamily;
    if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false; // a finger scrolls the page
    settle(this.traces, layout);
    return layout;
  }

  leave() {
    this.unfollow?.();
    this.resizes.disconnect();
    window.Plotly?.purge(this.picture);
    this.picture.remove();
    this.style.remove();
    charts.delete(this.parent);
  }
}

// Moves labels apart that would lie on one another: in their order, each at least a line below the one above.
function spread(picture) {
  const { yaxis } = picture._fullLayout;
  const labels = named(picture.layout)
    .map((label) => ({ label, wanted: yaxis.d2p(label.y) }))
    .filter(({ label, wanted }) => label.visible && wanted >= 0 && wanted <= yaxis._length)
    .sort((one, other) => one.wanted - other.wanted);
  let above = -Infinity;
  for (const each of labels) above = each.place = Math.max(each.wanted, above + LINE);
  let below = yaxis._length + LINE / 2; // clear of the numbers under the axis
  for (const each of labels.toReversed()) below = each.place = Math.min(each.place, below - LINE);
  const changes = labels.map(({ label, wanted, place }) => [label, wanted - place]);
  const worth = changes.filter(([label, shift]) => Math.abs(shift - (label.yshift ?? 0)) > 3); // each costs a drawing
  if (!worth.length) return;
  const all = picture.layout.annotations;
  Plotly.relayout(picture, Object.fromEntries(changes.map(([label, shift]) => [`annotations[${all.indexOf(label)}].yshift`, shift])));
}

// What the points of a selection are called; some that are drawn, such as rings, have no name.
function namesOf(points) {
  return [...new Set(points.map(({ customdata }) => customdata).filter((name) => name !== undefined))];
}

// The labels of curves.
function named(layout) {
  return layout?.annotations?.filter(({ name }) => name) ?? [];
}

// A copy in the colours of this theme: `dark` says what each light colour becomes.
function coloured(value, dark) {
  if (typeof value === "string") return dark[value] ?? value;
  if (Array.isArray(value)) return value.map((each) => coloured(each, dark));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, coloured(each, dark)]));
}

// Writing lighter than middle grey stands on a dark page. A picture that has just left the page has no colour at all.
export function isDark(picture) {
  const [red, green, blue] = (getComputedStyle(picture).color.match(/[\d.]+/g) ?? [0, 0, 0]).map(Number);
  return red + green + blue > 3 * 128;
}

function set(target, [name, ...rest], value) {
  if (rest.length) set((target[name] ??= {}), rest, value);
  else target[name] = value;
}

// For the benchmark: when an event was stored, and when its picture stood on the screen (unix seconds).
function record(at) {
  window.kdPerf ??= [];
  window.kdPerf.push({ at_event: at, at_picture: Date.now() / 1000 });
}
