// Hooks for cards. Each takes the card's React first: import * as React from 'react'.
import { stateOf, subscribe } from './question.js';

const kept = new Map();

// Chainlit makes a card anew when a turn begins or ends: what must outlive that is kept here, under a key of the card.
export const useKept = (React, props, name, first) => {
  const key = `${props.thread}:${props.turn}:${name}`;
  const [value, setValue] = React.useState(() => (kept.has(key) ? kept.get(key) : first));
  const keep = (next) => {
    kept.set(key, next);
    setValue(next);
  };
  return [value, keep];
};

// Whether the card takes a reply: 'open', 'busy' or 'over'.
export const useQuestion = (React, props) => React.useSyncExternalStore(subscribe, () => stateOf(props));
