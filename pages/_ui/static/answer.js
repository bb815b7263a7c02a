// The answers to one example, softened again in the browser at every move of the temperature, so that nobody waits for
// the server. The page gives the picture at some temperature, the logits behind it, and the words of its headers.

import { Chart, plotly } from "./chart.js";
import { Dial, dials, later } from "./dial.js";
import { divergence, entropy, soften } from "./soften.js";

const WORTH_WRITING = 0.5; // per cent, as in kdcore/figures/answer.py

const books = new WeakMap();
let held = {}; // what the hand has set: it outlives the component, until the page says something new

export default async function show({ data, parentElement, setTriggerValue }) {
  if (!books.has(parentElement)) books.set(parentElement, new Book(parentElement));
  const book = books.get(parentElement);
  const visit = (book.visit = Symbol("visit"));
  book.tell = () => setTriggerValue("looked", { soften: held.temperature, epoch: book.data.epochs[held.moment] });
  book.take(data);
  await plotly();
  if (visit === book.visit) book.draw();
  return () => visit === book.visit && book.leave(); // an earlier visit has nothing left to clean up
}

class Book {
  constructor(parent) {
    this.parent = parent;
    const place = dials(parent);
    this.byHand = Object.assign(document.createElement("input"), { type: "number", step: "any" });
    this.byHand.oninput = () => this.byHand.checkValidity() && this.set({ temperature: Number(this.byHand.value) });
    this.temperature = new Dial(place, (at) => this.set({ temperature: this.data.stops[at] }), this.byHand);
    this.epoch = new Dial(place, (moment) => this.set({ moment }));
    this.settled = later(() => this.tell());
    this.chart = new Chart(parent);
  }

  take(data) {
    this.data = data;
    if (data.arrival !== held.arrival) {
      held = { arrival: data.arrival, temperature: data.temperature, moment: data.moment };
      this.byHand.value = data.temperature; // even while one writes in it
    }
    [this.byHand.min, this.byHand.max] = data.limits;
    this.byHand.required = true;
    this.byHand.ariaLabel = data.words.byHand;
    for (const part of this.epoch.parts) part.hidden = !data.hasPast;
    this.chart.take({ figure: data.figure, dark: data.dark, label: data.label, run: null });
    this.turn();
  }

  set(change) {
    Object.assign(held, change);
    this.turn();
    this.draw();
    this.settled.soon();
  }

  // Brings the dials into line with what is set.
  turn() {
    const { stops, epochs, words } = this.data;
    const far = stops.map((stop) => Math.abs(Math.log(stop / held.temperature)));
    this.temperature.show(words.temperature, stops, far.indexOf(Math.min(...far)), String(held.temperature));
    this.epoch.show(words.epoch, epochs, held.moment);
  }

  draw() {
    const { layout } = this.chart.figure;
    const words = layout.meta.soften;
    const { point } = this.data.words;
    const { temperature } = held;
    const [teacher] = this.data.logits.teacher;
    for (const [i, trace] of this.chart.traces.entries()) {
      const over = this.data.logits[trace.meta.lane];
      const logits = over[Math.min(held.moment, over.length - 1)];
      const shares = soften(logits, temperature).map((share) => 100 * share);
      trace.x = shares;
      trace.text = shares.map((share) => (share >= WORTH_WRITING ? share.toFixed() : ""));
      layout.annotations[i].text = fill(words.headers[i], {
        entropy: decimal(entropy(logits, temperature), 2, point),
        top: fill(words.share, { number: decimal(Math.max(...shares), 1, point) }),
        divergence: decimal(divergence(teacher, logits, temperature), 3, point),
      });
    }
    layout.title.text = fill(words.title, { temperature: marked(temperature, point) });
    this.chart.draw();
  }

  leave() {
    this.settled.never();
    this.chart.leave();
    books.delete(this.parent);
    this.parent.replaceChildren();
  }
}

// A number with so many decimals.
function decimal(number, digits, point) {
  return marked(number.toFixed(digits), point);
}

// A number with the reader's decimal mark.
function marked(number, point) {
  return String(number).replace(".", point);
}

function fill(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
