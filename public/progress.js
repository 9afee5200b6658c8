// A bar above the composer for whatever takes longer than a second; how far it is comes from the server, where known.
const SHOWN_AFTER_MS = 1000;
const bar = document.createElement('div');
bar.className = 'nn-progress';
bar.setAttribute('role', 'progressbar');
bar.setAttribute('aria-valuemin', '0');
bar.setAttribute('aria-valuemax', '100');
bar.hidden = true;
bar.append(document.createElement('div'));
let waiting = 0;

function show({ label, percent }) {
  bar.setAttribute('aria-label', label);
  if (percent === null) {
    bar.removeAttribute('aria-valuenow');
    bar.firstChild.style.width = '';
  } else {
    bar.setAttribute('aria-valuenow', String(percent));
    bar.firstChild.style.width = `${percent}%`;
  }
  if (waiting === 0) waiting = window.setTimeout(appear, SHOWN_AFTER_MS);
}

function appear() {
  if (!bar.isConnected) document.body.append(bar);
  bar.hidden = false;
}

function end() {
  window.clearTimeout(waiting);
  waiting = 0;
  bar.hidden = true;
}

window.addEventListener('message', (event) => {
  if (event.origin !== location.origin || !event.data || !('neuralnavProgress' in event.data)) return;
  if (event.data.neuralnavProgress) show(event.data.neuralnavProgress);
  else end();
});
