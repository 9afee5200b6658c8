// Which question is open, as the server tells after each turn, and how a card answers it.
// A card's props hold the thread and the turn that it was shown in; the question that it shows may stand for more turns.

const LONGEST_LABEL = 200;
let open = { thread: '', turn: null, cards: null };
const listeners = new Set();

window.addEventListener('message', (event) => {
  const told = event.origin === location.origin && event.data && event.data.neuralnavQuestion;
  if (!told) return;
  open = told;
  listeners.forEach((listener) => listener());
});

export const subscribe = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

// 'open': takes a reply; 'busy': one is being worked on; 'over': the conversation has moved on, the card only shows.
export const stateOf = (props) => {
  if (props.thread !== open.thread || props.turn !== open.cards) return 'over';
  return open.turn === null ? 'busy' : 'open';
};

// Send a reply such as { action: 'choose', value: 2 }; `label` is shown as what the person said.
// Returns { taken, detail, problems: [{ field, allowed }] }.
export const reply = async (callAction, label, sent) => {
  const short = label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
  try {
    const answer = await callAction({
      name: 'reply',
      payload: { turn: open.turn, label: short, reply: sent, card: true },
    });
    if (answer?.response) return answer.response;
  } catch {
    // Said below, like an answer without a word.
  }
  return { taken: false, detail: 'The server did not answer; nothing was changed. Try again.', problems: [] };
};
