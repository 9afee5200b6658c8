// Names for those of Chainlit's controls that show only a picture, for whoever cannot see it.
const NAMES = {
  '#sidebar-trigger-button': 'List of conversations',
  '#search-chats-button': 'Search conversations',
  '#new-chat-button': 'New conversation',
  '#chat-input': 'Message',
  '#chat-submit': 'Send',
  '#stop-button': 'Stop',
  'button:has(> svg.lucide-share-2)': 'Share',
  'button:has(> svg.lucide-copy)': 'Copy',
  'button:has(> svg.lucide-arrow-down)': 'To the end of the conversation',
  'button:has(> svg.lucide-ellipsis)': 'What to do with this conversation',
  'button:has(> svg.lucide-eye), button:has(> svg.lucide-eye-off)': 'Show or hide the password',
};
let due = false;

function name() {
  due = false;
  for (const [found, label] of Object.entries(NAMES)) {
    for (const control of document.querySelectorAll(found)) {
      if (!control.hasAttribute('aria-label') && !control.innerText.trim()) control.setAttribute('aria-label', label);
    }
  }
}

new MutationObserver(() => {
  if (due) return;
  due = true;
  window.requestAnimationFrame(name);
}).observe(document.body, { childList: true, subtree: true });
