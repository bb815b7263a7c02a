// A slider over given stops that answers at once: the page is told when the hand rests.

import { isDark } from "./chart.js";

const SETTLED = 250; // ms
const STYLE = `
  .kd-dials { display: grid; grid-template-columns: minmax(84px, max-content) minmax(80px, 1fr) 84px; gap: 6px 14px;
    align-items: center; font: 14px var(--st-font); color: var(--st-text-color); margin-bottom: 6px; }
  .kd-dials input { font: inherit; width: 100%; box-sizing: border-box; margin: 0; }
  .kd-dials input[type=range] { height: 28px; cursor: pointer; appearance: none; background: none; border-radius: 14px; }
  .kd-dials ::-webkit-slider-runnable-track { height: 4px; border-radius: 2px; background: var(--st-gray-color); }
  .kd-dials ::-moz-range-track { height: 4px; border-radius: 2px; background: var(--st-gray-color); }
  .kd-dials ::-webkit-slider-thumb { appearance: none; width: 16px; height: 16px; margin-top: -6px; border-radius: 50%;
    background: var(--st-text-color); }
  .kd-dials ::-moz-range-thumb { width: 16px; height: 16px; border: none; border-radius: 50%;
    background: var(--st-text-color); }
  .kd-dials input:focus-visible { outline: 2px solid var(--st-text-color); outline-offset: 1px; }
  .kd-dials input[type=number] { color: inherit; background: var(--st-secondary-background-color); padding: 4px 8px;
    border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
  .kd-dials input:invalid { border-color: var(--st-red-color); }
  .kd-dials output { font-variant-numeric: tabular-nums; padding-left: 9px; }
`;

// A place for dials: three columns, of names, sliders and numbers.
export function dials(parent) {
  parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
  const place = parent.appendChild(Object.assign(document.createElement("div"), { className: "kd-dials" }));
  place.style.colorScheme = isDark(place) ? "dark" : "light";
  return place;
}

export class Dial {
  // `number` is what stands at the right: an output, or an input to set by hand what is no stop.
  constructor(place, onTurn, number = document.createElement("output")) {
    this.name = document.createElement("span");
    this.slider = Object.assign(document.createElement("input"), { type: "range", step: 1 });
    this.slider.oninput = () => onTurn(Number(this.slider.value));
    this.number = number;
    this.parts = [this.name, this.slider, number];
    place.append(...this.parts);
  }

  // Shows where it stands: at stop `at`, written as `text`.
  show(name, stops, at, text = String(stops[at])) {
    this.slider.max = stops.length - 1;
    this.slider.value = at;
    this.slider.ariaLabel = this.name.textContent = name;
    this.slider.setAttribute("aria-valuetext", text);
    if (document.activeElement !== this.number) this.number.value = text; // not while one writes in it
  }
}

// Calls `tell` once nothing has happened for a while.
export function later(tell) {
  let timer;
  return { soon: () => (clearTimeout(timer), (timer = setTimeout(tell, SETTLED))), never: () => clearTimeout(timer) };
}

// A component that is one dial.
const single = new WeakMap();

export default function show({ data, parentElement, setTriggerValue }) {
  if (!single.has(parentElement)) {
    const made = { place: dials(parentElement), settled: later(() => made.tell()) };
    made.dial = new Dial(made.place, (at) => {
      made.at = at;
      made.dial.show(made.data.label, made.data.stops, at);
      made.settled.soon();
    });
    single.set(parentElement, made);
  }
  const made = single.get(parentElement);
  made.tell = () => setTriggerValue("turned", made.at);
  if (JSON.stringify(data) === JSON.stringify(made.data)) return;
  made.data = data;
  made.dial.show(data.label, data.stops, data.at);
}
