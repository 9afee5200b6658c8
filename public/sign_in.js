// Whoever had to sign in on the way to a conversation is led there afterwards; Chainlit's page forgets it.
const KEY = 'neuralnav-wanted';
const CONVERSATION = /^\/(thread|share)\/[\w-]{1,100}$/;
const SIGNING_IN = /^\/login(\/callback)?$/;

function remember() {
  const left = document.referrer ? new URL(document.referrer) : null;
  if (location.pathname !== '/login' || !left || left.origin !== location.origin) return;
  if (CONVERSATION.test(left.pathname)) sessionStorage.setItem(KEY, left.pathname);
}

function leadOn(change) {
  return function led(state, title, url) {
    const from = location.pathname;
    change.call(history, state, title, url);
    if (!SIGNING_IN.test(from) || location.pathname !== '/') return;
    const wanted = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    if (wanted && CONVERSATION.test(wanted)) location.replace(wanted);
  };
}

try {
  remember();
  if (SIGNING_IN.test(location.pathname)) {
    history.pushState = leadOn(history.pushState);
    history.replaceState = leadOn(history.replaceState);
  }
} catch {
  // Storage is switched off: signing in leads to a new conversation.
}
