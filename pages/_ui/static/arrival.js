// Tells the page as soon as a run has told of one of these events. To ask the server costs little; to have Streamlit look, a good deal.

const SOON = 50; // ms between questions

export default function wait({ data, setTriggerValue }) {
  let isWanted = true;
  const look = async () => {
    while (isWanted) {
      const answer = await fetch(data.run).then((response) => response.ok && response.json(), () => null);
      if (isWanted && answer?.events.some((event) => data.events.includes(event))) return setTriggerValue("arrived", true);
      await new Promise((resolve) => setTimeout(resolve, SOON));
    }
  };
  look();
  return () => (isWanted = false);
}
