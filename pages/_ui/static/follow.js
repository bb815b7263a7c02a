// Follows runs on the server: one poller for each run, however many charts show it.

const AT_ONCE = 50; // ms until the second question: a run that has just begun has points soon
const SOON = 100; // ms between questions while points are coming
const PAUSE = 20; // ms at least, for the page to breathe
const PATIENCE = 1.1; // how much longer each time while none come,
const RARELY = 300; // but at most: a slow epoch, a pause
const AWAY = 5000; // at most, while the server does not answer

const pollers = new Map();

// Calls `listener` with every answer about this run until it ends; returns a function that stops it.
// `since` is the number of the last event that the caller has seen.
export function follow(url, since, listener) {
  if (!pollers.has(url)) pollers.set(url, new Poller(url, since));
  const poller = pollers.get(url);
  poller.since = Math.min(poller.since, since); // the others are told again of what they know, and pass over it
  poller.listeners.add(listener);
  return () => poller.listeners.delete(listener);
}

class Poller {
  constructor(url, since) {
    this.url = url;
    this.since = since;
    this.listeners = new Set();
    queueMicrotask(() => this.run());
  }

  async run() {
    let wait = AT_ONCE;
    while (this.listeners.size) {
      const asked = performance.now();
      try {
        const answer = await this.ask();
        const busy = 3 * (performance.now() - asked); // a server that is slow to answer is asked less often
        this.tell(answer);
        if (["finished", "failed"].includes(answer.status)) break;
        wait = Math.max(busy, answer.points.length ? SOON : Math.min(PATIENCE * wait, RARELY));
      } catch (problem) {
        console.debug("No answer about the run:", problem.message);
        wait = Math.min(2 * wait, AWAY);
      }
      const drawn = performance.now() - asked;
      await new Promise((resolve) => setTimeout(resolve, Math.max(wait - drawn, PAUSE)));
      await visible();
    }
    pollers.delete(this.url);
  }

  async ask() {
    this.asked = this.since;
    const response = await fetch(`${this.url}?since=${this.since}`);
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return response.json();
  }

  tell(answer) {
    if (this.asked === this.since) this.since = answer.next; // unless a newcomer wants older points meanwhile
    for (const listener of this.listeners) listener(answer);
  }
}

// Resolves at once, or when the reader comes back to this tab.
function visible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}
