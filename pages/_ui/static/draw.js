// A pad to draw on with mouse, pen or finger. Strokes are told to the page while they grow, and beside the pad stands
// what the page has made of them: the pixels that the networks see. Places run from 0 to 1, from the left and the top.

const PEN = 0.05; // of the pad's side
const STEP = 0.004; // nearer points are left out
const BREATH = 60; // ms from an answer to the next telling while the pen is down: the page has more to draw than this
const STYLE = `
  section { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 6px 16px; max-width: 460px;
    font: 14px var(--st-font); color: var(--st-text-color); }
  canvas { display: block; width: 100%; aspect-ratio: 1; box-sizing: border-box; border-radius: var(--st-base-radius);
    border: 1px solid var(--st-border-color); background: var(--st-background-color); }
  .pad { touch-action: none; cursor: crosshair; border-color: var(--st-text-color); }
  figure { margin: 0; align-self: end; }
  figcaption { margin-bottom: 4px; }
  .seen { image-rendering: pixelated; }
  .buttons { display: flex; gap: 8px; }
  button { font: inherit; color: inherit; background: var(--st-background-color); cursor: pointer; padding: 6px 14px;
    min-height: 40px; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
  button:hover:enabled, button:focus-visible { border-color: var(--st-primary-color); outline-color: var(--st-primary-color); }
  button:disabled { opacity: 0.5; cursor: default; }
  p { margin: 0; grid-column: 1 / -1; min-height: 1.4em; }
`;

const pads = new WeakMap();

// Streamlit calls this for a new pad, for what the page made of the strokes, and for a new theme.
export default function show({ data, parentElement, setStateValue }) {
  if (!pads.has(parentElement)) pads.set(parentElement, new Pad(parentElement));
  const pad = pads.get(parentElement);
  pad.tell = (drawing) => setStateValue("drawing", drawing);
  pad.take(data);
}

class Pad {
  constructor(parent) {
    parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
    const section = parent.appendChild(document.createElement("section"));
    this.canvas = section.appendChild(Object.assign(document.createElement("canvas"), { className: "pad" }));
    const figure = section.appendChild(document.createElement("figure"));
    this.caption = figure.appendChild(document.createElement("figcaption"));
    this.seen = figure.appendChild(Object.assign(document.createElement("canvas"), { className: "seen" }));
    const buttons = section.appendChild(Object.assign(document.createElement("div"), { className: "buttons" }));
    this.undo = buttons.appendChild(Object.assign(document.createElement("button"), { onclick: () => this.keep(-1) }));
    this.clear = buttons.appendChild(Object.assign(document.createElement("button"), { onclick: () => this.keep(0) }));
    this.hint = section.appendChild(document.createElement("p"));
    this.hint.setAttribute("role", "status");
    for (const canvas of [this.canvas, this.seen]) canvas.setAttribute("role", "img");
    this.strokes = []; // each [x, y, x, y, ...]
    this.pointer = null; // the one that draws: a second finger does not
    this.turn = 0; // how many times the page was told; its answers say to which of them
    this.canvas.onpointerdown = (event) => this.begin(event);
    this.canvas.onpointermove = (event) => event.pointerId === this.pointer && this.go(event);
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => event.pointerId === this.pointer && this.lift();
    new ResizeObserver(() => this.paint()).observe(this.canvas);
  }

  take(data) {
    this.data = data;
    const isAnswered = data.turn >= this.turn;
    if (isAnswered && data.fromBefore && this.pointer === null) this.strokes = [];
    if (isAnswered && this.isNew) this.soon();
    this.canvas.ariaLabel = data.words.pad;
    this.caption.textContent = this.seen.ariaLabel = data.words.seen;
    this.undo.textContent = data.words.undo;
    this.clear.textContent = data.words.clear;
    this.hint.textContent = data.hint;
    this.paint();
  }

  begin(event) {
    if (this.pointer !== null || event.button !== 0) return;
    this.pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.strokes.push([]);
    this.go(event);
  }

  go(event) {
    const events = event.getCoalescedEvents?.() ?? [];
    const box = this.canvas.getBoundingClientRect();
    for (const { clientX, clientY } of events.length ? events : [event]) {
      this.add(clamp((clientX - box.left) / box.width), clamp((clientY - box.top) / box.height));
    }
    this.paint();
    this.isNew = true;
    if (this.data.turn >= this.turn) this.soon();
  }

  add(x, y) {
    const stroke = this.strokes.at(-1);
    const [lastX, lastY] = stroke.slice(-2);
    if (!stroke.length || Math.hypot(x - lastX, y - lastY) >= STEP) stroke.push(round(x), round(y));
  }

  lift() {
    this.pointer = null;
    this.report();
  }

  // Keeps the first so many strokes, or all but the last so many. With none, nor will the page keep one from before.
  keep(count) {
    this.strokes = this.strokes.slice(0, count);
    this.pointer = null;
    this.report();
    this.paint();
  }

  soon() {
    this.timer ??= setTimeout(() => this.report(), BREATH);
  }

  report() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isNew = false;
    this.turn += 1;
    this.tell({ strokes: this.strokes.map((stroke) => [...stroke]), down: this.pointer !== null, turn: this.turn });
  }

  paint() {
    const { side, pixels, fromBefore } = this.data;
    const { color } = getComputedStyle(this.canvas);
    this.undo.disabled = !this.strokes.length;
    this.clear.disabled = !this.strokes.length && !pixels.length;
    squares(this.seen, side, pixels, color);
    if (fromBefore && pixels.length && !this.strokes.length) squares(this.canvas, side, pixels, color);
    else lines(this.canvas, this.strokes, color);
  }
}

// One pixel of the canvas for each of the picture.
function squares(canvas, side, pixels, color) {
  canvas.width = canvas.height = side;
  canvas.style.imageRendering = "pixelated";
  const pen = canvas.getContext("2d");
  pen.fillStyle = color;
  pixels.forEach((pixel, place) => {
    pen.globalAlpha = pixel;
    pen.fillRect(place % side, Math.floor(place / side), 1, 1);
  });
}

function lines(canvas, strokes, color) {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  Object.assign(pen, { strokeStyle: color, lineWidth: PEN * side, lineCap: "round", lineJoin: "round" });
  for (const [x, y, ...rest] of strokes) {
    pen.beginPath();
    pen.moveTo(x * side, y * side);
    pen.lineTo(x * side, y * side); // a dot, where the pen did not move
    for (let i = 0; i < rest.length; i += 2) pen.lineTo(rest[i] * side, rest[i + 1] * side);
    pen.stroke();
  }
}

function clamp(share) {
  return Math.min(Math.max(share, 0), 1);
}

function round(share) {
  return Math.round(1000 * share) / 1000;
}
