// What every page loads, and what the cards under public/elements share: they can import no files of their own.
import * as code from './cards/code.js';
import * as format from './cards/format.js';
import * as hooks from './cards/hooks.js';
import * as live from './cards/live.js';
import * as pareto from './cards/pareto.js';
import * as question from './cards/question.js';
import * as scale from './cards/scale.js';
import * as tabs from './cards/tabs.js';
import './lost.js';
import './names.js';
import './progress.js';
import './sign_in.js';

window.neuralnav = Object.freeze({ code, format, hooks, live, pareto, question, scale, tabs });

// Light or dark as the system has it, until somebody chooses.
try {
  if (!localStorage.getItem('vite-ui-theme')) localStorage.setItem('vite-ui-theme', 'system');
} catch {
  // Storage is switched off: Chainlit's own default stays.
}

// On a narrow screen the list of conversations is closed, and with it what gives a new conversation its address.
window.addEventListener('message', (event) => {
  const thread = event.origin === location.origin && event.data && event.data.neuralnavThread;
  const narrow = window.matchMedia('(max-width: 767px)').matches;
  if (narrow && location.pathname === '/' && /^[\w-]+$/.test(thread || '')) {
    history.replaceState(history.state, '', `/thread/${thread}`);
  }
});
