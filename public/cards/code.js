// Files as lines with their parts told apart, and differences with their signs. Each takes the card's React first.

const COMMENT = /^\s*#/;
const ENTRY = /^(\s*(?:- )*)([\w./$-]+|"[^"]*"|'[^']*')(:)(\s.*)?$/;
const ITEM = /^(\s*(?:- )+)(.*)$/;
const NUMBER = /^-?\d+(\.\d+)?$/;

const valued = (text) => {
  const plain = text.trim();
  if (/^["']/.test(plain)) return 'string';
  return NUMBER.test(plain) || /^(true|false|null|~)$/.test(plain) ? 'number' : 'plain';
};

// The parts of a line of YAML, as [kind, text]; together they are the line.
export const parts = (line) => {
  if (COMMENT.test(line)) return [['comment', line]];
  const entry = ENTRY.exec(line);
  if (entry) {
    const [, indent, key, colon, rest = ''] = entry;
    return [['mark', indent], ['key', key], ['mark', colon], [valued(rest), rest]].filter(([, text]) => text);
  }
  const item = ITEM.exec(line);
  return item ? [['mark', item[1]], [valued(item[2]), item[2]]] : [['plain', line]];
};

const styled = (path, line) => {
  if (path.endsWith('.yaml')) return parts(line);
  return [[/^#{1,6} /.test(line) ? 'key' : 'plain', line]];
};

// The text of a file, for a <pre>.
export const highlighted = (React, path, text) =>
  text.split('\n').map((line, n) =>
    React.createElement(
      React.Fragment,
      { key: n },
      ...styled(path, line).map(([kind, part], at) =>
        kind === 'plain' ? part : React.createElement('span', { key: at, className: `nn-code-${kind}` }, part)
      ),
      '\n'
    )
  );

const SAID = { '+': 'added', '-': 'removed' };

// Lines [sign, text], for a <pre>; what was added and removed differs by sign, colour and, for screen readers, words.
export const difference = (React, lines) =>
  lines.map(([sign, text], n) => {
    const said = SAID[sign];
    if (!said) return React.createElement('span', { key: n, className: 'nn-diff' }, sign === '…' ? '  …\n' : `  ${text}\n`);
    return React.createElement(said === 'added' ? 'ins' : 'del', { key: n, className: `nn-diff nn-${said}` }, `${sign} ${text}\n`);
  });

// Give a file to whoever reads the page.
export const save = (content, type, name) => {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.appendChild(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
};

// A function that copies a text, and which one was copied in the last two seconds.
export const useCopied = (React, onRefused) => {
  const [copied, setCopied] = React.useState('');
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
      setTimeout(() => setCopied(''), 2000);
    } catch {
      onRefused('The browser does not allow copying here. Select the text instead.');
    }
  };
  return [copy, copied];
};
