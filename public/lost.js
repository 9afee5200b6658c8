// A conversation that cannot be opened: Chainlit's page is left without a connection, so it is opened anew, and says so.
const KEY = 'neuralnav-lost';
const WORDS = 'There is no such conversation, or it is somebody else’s. You can begin a new one here.';
const NOTICED_AFTER_MS = 300;
const SHOWN_FOR_MS = 10000;

async function openAnew() {
  if (location.pathname !== '/' || !document.querySelector('#session-error')) return;
  const answers = await fetch('/health').then((answer) => answer.ok, () => false);
  if (!answers) return;
  sessionStorage.setItem(KEY, '1');
  location.replace('/');
}

function say() {
  const note = document.createElement('p');
  note.className = 'nn-lost';
  note.setAttribute('role', 'status');
  document.body.append(note);
  note.textContent = WORDS;
  window.setTimeout(() => note.remove(), SHOWN_FOR_MS);
}

function watched(change) {
  return function changed(state, title, url) {
    const from = location.pathname;
    change.call(history, state, title, url);
    if (from.startsWith('/thread/') && location.pathname === '/') window.setTimeout(openAnew, NOTICED_AFTER_MS);
  };
}

try {
  if (sessionStorage.getItem(KEY)) {
    sessionStorage.removeItem(KEY);
    say();
  }
  history.pushState = watched(history.pushState);
  history.replaceState = watched(history.replaceState);
} catch {
  // Storage is switched off: the page says that the conversation could not be resumed.
}
