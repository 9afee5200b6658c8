import * as React from 'react';
import { Button } from '@/components/ui/button';
import { Check, Copy, Download } from 'lucide-react';
import { toast } from 'sonner';

// props: thread, turn, name, digest, zip (base64), all (label of its button), directory (where the files lie, if so),
// files [{ path, text, change?, lines? }]: `change` is new, changed, same or removed where something is in place, and
// `lines` [[sign, text]] are those that a changed file differs in.

const { code, hooks } = window.neuralnav;

const MARKS = { new: '+', changed: '±', removed: '−' };
const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

export default function ManifestFiles() {
  const files = props.files || [];
  const state = hooks.useQuestion(React, props);
  const [chosen, setChosen] = hooks.useKept(React, props, 'file', (files.find(({ change }) => change === 'changed') || files[0])?.path);
  const [whole, setWhole] = hooks.useKept(React, props, 'whole file', false);
  const [copy, copied] = code.useCopied(React, toast.error);
  const file = files.find(({ path }) => path === chosen) || files[0];
  const differs = Boolean(file?.lines) && !whole;
  const shown = React.useMemo(
    () => file && (differs ? code.difference(React, file.lines) : code.highlighted(React, file.path, file.text)),
    [file?.path, differs]
  );
  if (!file) return null;
  const id = `nn-files-${props.turn}`;

  const move = (event) => {
    const at = files.indexOf(file);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: files.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + files.length) % files.length;
    setChosen(files[next].path);
    event.currentTarget.children[next].focus();
  };

  return (
    <section className="nn-card nn-files" data-state={state} aria-label={`Files of ${props.name}`}>
      <div role="tablist" aria-label={`Files of ${props.name}`} className="nn-file-tabs" onKeyDown={move}>
        {files.map(({ path, change }) => (
          <button
            key={path}
            type="button"
            role="tab"
            id={`${id}-${path}`}
            aria-controls={id}
            aria-selected={path === file.path}
            tabIndex={path === file.path ? 0 : -1}
            onClick={() => setChosen(path)}
          >
            {path}
            {MARKS[change] ? (
              <span className={`nn-file-mark nn-file-${change}`} aria-label={change}>{MARKS[change]}</span>
            ) : null}
          </button>
        ))}
      </div>
      <div className="nn-file-head">
        <span className="nn-hint">
          {{ new: 'A new file.', changed: 'Differs from what is in place.', same: 'As it is in place.', removed: 'Goes away.' }[file.change] ||
            (props.directory ? `In ${props.directory}` : `Digest of all files: ${props.digest}`)}
        </span>
        {file.lines ? (
          <label className="nn-file-whole">
            <input type="checkbox" checked={whole} onChange={(event) => setWhole(event.target.checked)} />
            Whole file
          </label>
        ) : null}
      </div>
      <pre role="tabpanel" id={id} aria-labelledby={`${id}-${file.path}`} tabIndex={0} className="nn-code">{shown}</pre>
      <div className="nn-actions">
        <Button variant="outline" size="sm" aria-label={`Copy ${file.path}`} onClick={() => copy(file.text)}>
          {copied === file.text ? <Check /> : <Copy />}
          {copied === file.text ? 'Copied' : 'Copy'}
        </Button>
        <Button
          variant="outline"
          size="sm"
          aria-label={`Download ${file.path}`}
          onClick={() => code.save(file.text, 'application/yaml', file.path)}
        >
          <Download />
          {file.path}
        </Button>
        {props.zip ? (
          <Button variant="outline" size="sm" onClick={() => code.save(bytes(props.zip), 'application/zip', `${props.name}.zip`)}>
            <Download />
            {props.all || 'Download all (zip)'}
          </Button>
        ) : null}
      </div>
    </section>
  );
}
