// A grid of examples to choose from, with mouse, finger or arrow keys. One picture holds all thumbnails; the page says
// in which order they stand. What is chosen is marked at once, and then told to the page.

const SIDE = 44; // px of a thumbnail on the screen
const SETTLED = 150; // ms after the last key until the page is told: a key held down runs through the grid
const STYLE = `
  [role=listbox] { display: grid; grid-template-columns: repeat(auto-fill, ${SIDE}px); justify-content: space-between;
    gap: 6px; max-height: var(--tall); overflow-y: auto; padding: 4px; border-radius: var(--st-base-radius); outline: none;
    border: 1px solid var(--st-border-color); box-sizing: border-box; align-content: start; }
  @media (max-width: 640px) { [role=listbox] { max-height: calc(var(--tall) / 2); } }
  [role=option] { width: ${SIDE}px; height: ${SIDE}px; box-sizing: border-box; cursor: pointer; padding: 2px;
    border: 2px solid transparent; border-radius: var(--st-base-radius); }
  [role=option]:hover { background: var(--st-secondary-background-color); }
  [role=option][aria-selected=true] { border-color: var(--st-text-color); background: var(--st-secondary-background-color); }
  [role=listbox]:focus-visible { border-color: var(--st-primary-color); box-shadow: 0 0 0 1px var(--st-primary-color); }
  figure { display: flex; align-items: center; gap: 14px; margin: 10px 4px 0; font: 14px var(--st-font); }
  figure i { width: ${2 * SIDE}px; height: ${2 * SIDE}px; }
  figcaption { color: var(--st-text-color); }
  i { display: block; width: 100%; height: 100%; background: var(--st-text-color); mask: var(--sprite); mask-size: var(--whole); }
`;

const grids = new WeakMap();
let held = {}; // what the hand has chosen: it outlives the component, until the page says something new

export default function show({ data, parentElement, setTriggerValue }) {
  if (!grids.has(parentElement)) grids.set(parentElement, new Grid(parentElement));
  const grid = grids.get(parentElement);
  grid.tell = (example) => setTriggerValue("example", example);
  grid.take(data);
}

class Grid {
  constructor(parent) {
    parent.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
    this.list = parent.appendChild(document.createElement("div"));
    this.list.setAttribute("role", "listbox");
    this.list.tabIndex = 0;
    const figure = parent.appendChild(document.createElement("figure"));
    this.large = figure.appendChild(document.createElement("i"));
    this.caption = figure.appendChild(document.createElement("figcaption"));
    this.list.onclick = ({ target }) => this.choose(target.closest("[role=option]"));
    this.list.onkeydown = (event) => this.press(event);
  }

  take(data) {
    if (data.arrival !== held.arrival) held = { arrival: data.arrival, chosen: data.chosen };
    const isSame = JSON.stringify(data) === JSON.stringify(this.data);
    this.data = data;
    if (isSame) return;
    this.list.setAttribute("aria-label", data.label);
    this.list.style.setProperty("--tall", `${data.tall}px`);
    for (const { style } of [this.list, this.large]) {
      style.setProperty("--sprite", `url(${data.sprite})`);
      style.setProperty("--whole", `${100 * data.columns}% auto`);
    }
    this.list.replaceChildren(...data.order.map((place) => this.option(place)));
    this.mark();
  }

  option(place) {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.id = `example-${place}`;
    option.title = this.data.names[place];
    option.setAttribute("aria-label", this.data.names[place]);
    option.dataset.place = place;
    option.appendChild(document.createElement("i")).style.maskPosition = this.spot(place);
    return option;
  }

  // Where an example stands in the picture that holds all.
  spot(place) {
    const { columns, names } = this.data;
    const rows = Math.ceil(names.length / columns);
    const [x, y] = [place % columns, Math.floor(place / columns)];
    return `${(100 * x) / Math.max(columns - 1, 1)}% ${(100 * y) / Math.max(rows - 1, 1)}%`;
  }

  choose(option, wait = 0) {
    if (!option) return;
    held.chosen = Number(option.dataset.place);
    this.mark();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(held.chosen), wait);
  }

  press(event) {
    const options = [...this.list.children];
    const now = options.findIndex((option) => option.ariaSelected === "true");
    const across = getComputedStyle(this.list).gridTemplateColumns.split(" ").length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -now, End: options.length - 1 - now };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.choose(now < 0 ? options[0] : options[now + steps[event.key]], SETTLED);
  }

  // Shows which one is chosen, once more in large, and brings it into sight within the grid.
  mark() {
    this.large.style.maskPosition = this.spot(held.chosen);
    this.caption.textContent = this.data.names[held.chosen];
    this.list.removeAttribute("aria-activedescendant");
    for (const option of this.list.children) {
      const isChosen = Number(option.dataset.place) === held.chosen;
      option.ariaSelected = String(isChosen);
      if (!isChosen) continue;
      this.list.setAttribute("aria-activedescendant", option.id);
      const top = option.offsetTop - this.list.offsetTop;
      const { scrollTop, clientHeight } = this.list;
      if (top < scrollTop || top + SIDE > scrollTop + clientHeight) this.list.scrollTop = top - clientHeight / 2;
    }
  }
}
