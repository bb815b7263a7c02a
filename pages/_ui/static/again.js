// Has a part of the page drawn again: once a run has told more, or after some time.

const SOON = 50; // ms between questions while nothing of a run was seen yet,
const OFTEN = 300; // and later
const REST = 500; // ms at least from one drawing to the next

export default function wait({ data, setTriggerValue }) {
  let isWanted = true;
  const again = () => isWanted && setTriggerValue("again", true);
  if (data.seconds) {
    const timer = setInterval(again, 1000 * data.seconds);
    return () => clearInterval(timer);
  }
  const look = async ([address, since]) => {
    if (since) await rest(REST);
    while (isWanted) {
      const answer = await fetch(`${address}?since=${since}`).then((response) => response.ok && response.json(), () => null);
      const isNews = answer?.events.some((event) => data.events.includes(event));
      if (isNews) again();
      await rest(isNews ? REST : since ? OFTEN : SOON);
    }
  };
  Object.entries(data.runs).forEach(look);
  return () => (isWanted = false);
}

function rest(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
