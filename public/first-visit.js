// Light or dark as the system has it, until somebody chooses.
try {
  if (!localStorage.getItem('vite-ui-theme')) localStorage.setItem('vite-ui-theme', 'system');
} catch {
  // Storage is switched off: Chainlit's own default stays.
}
