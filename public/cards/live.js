// What a deployment does just now, asked for while it is looked at, and test prompts to it. Nothing of it is a turn of
// the conversation. What was found is kept here: Chainlit makes cards anew when a turn begins or ends.

const EVERY_MS = 5000;
const LONGEST_PAUSE_MS = 60000;
const PATIENCE_MS = 35000;
const NOTHING = Object.freeze({ view: null, problem: '' });
const NO_TRIAL = Object.freeze({ running: false, text: '', thought: '', problem: '', figures: null });

const found = new Map();
const trials = new Map();
const stops = new Map();
const listeners = new Set();

const subscribe = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

const keep = (map, id, value) => {
  map.set(id, value);
  listeners.forEach((listener) => listener());
};

const address = (id, what) => `/api/v1/deployments/${encodeURIComponent(id)}/${what}`;

const refusal = async (response) => {
  try {
    const { detail } = await response.json();
    if (typeof detail === 'string') return detail;
  } catch {
    // Said below, like an answer without a reason.
  }
  return `The server answered with status ${response.status}.`;
};

// One look; returns whether it succeeded.
const look = async (id) => {
  const before = found.get(id) ?? NOTHING;
  try {
    const response = await fetch(address(id, 'live'), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const view = response.ok ? await response.json() : before.view;
    keep(found, id, { view, problem: response.ok ? '' : await refusal(response) });
    return response.ok;
  } catch {
    keep(found, id, { view: before.view, problem: 'The server does not answer. It is asked again.' });
    return false;
  }
};

// Look at deployment `id` every few seconds while `wanted` and `ref` is on the screen.
// Returns { view, problem }: the last view, and why there is no newer one.
export const useLive = (React, id, wanted, ref) => {
  React.useEffect(() => {
    if (!wanted || !ref.current) return undefined;
    let [timer, failures, onScreen, looking, ended] = [0, 0, false, false, false];
    const seen = () => onScreen && document.visibilityState === 'visible';
    const next = async () => {
      clearTimeout(timer);
      if (ended || looking || !seen()) return;
      looking = true;
      failures = (await look(id)) ? 0 : failures + 1;
      looking = false;
      if (!ended && seen()) timer = setTimeout(next, Math.min(EVERY_MS * 2 ** failures, LONGEST_PAUSE_MS));
    };
    const observer = new IntersectionObserver((entries) => {
      onScreen = entries[entries.length - 1].isIntersecting;
      next();
    });
    observer.observe(ref.current);
    document.addEventListener('visibilitychange', next);
    return () => {
      ended = true;
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener('visibilitychange', next);
    };
  }, [id, wanted]);
  return React.useSyncExternalStore(subscribe, () => found.get(id) ?? NOTHING);
};

const readLines = async (response, take) => {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    lines.filter(Boolean).forEach((line) => take(JSON.parse(line)));
  }
};

// Send a test prompt; the answer comes through useTrial.
export const ask = async (id, prompt, maxTokens) => {
  if (trials.get(id)?.running) return;
  const stop = new AbortController();
  stops.set(id, stop);
  let now = { ...NO_TRIAL, running: true };
  const set = (more) => keep(trials, id, (now = { ...now, ...more }));
  set({});
  try {
    const response = await fetch(address(id, 'trial'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt, max_tokens: maxTokens }),
      signal: stop.signal,
    });
    if (!response.ok) set({ problem: await refusal(response) });
    else {
      await readLines(response, ({ text = '', thought = '', problem = '', figures = null }) =>
        set({ text: now.text + text, thought: now.thought + thought, problem, figures })
      );
      if (!now.figures && !now.problem) set({ problem: 'The answer broke off.' });
    }
  } catch {
    set({ problem: stop.signal.aborted ? 'Stopped.' : 'The server does not answer; nothing was tried.' });
  }
  set({ running: false });
};

export const stop = (id) => stops.get(id)?.abort();

// { running, text, thought, problem, figures } of the last test prompt.
export const useTrial = (React, id) => React.useSyncExternalStore(subscribe, () => trials.get(id) ?? NO_TRIAL);
