// Tells the page as soon as a run has more to tell. To ask the server costs little; to have Streamlit look, a good deal.

const SOON = 50; // ms between questions

export default function wait({ data, setTriggerValue }) {
  let isWanted = true;
  const look = async () => {
    while (isWanted) {
      const answer = await fetch(`${data.run}?since=${data.since}`).then((response) => response.ok && response.json(), () => null);
      if (isWanted && answer?.next > data.since) return setTriggerValue("arrived", answer.next);
      await new Promise((resolve) => setTimeout(resolve, SOON));
    }
  };
  look();
  return () => (isWanted = false);
}
