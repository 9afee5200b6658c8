import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Card } from '@/components/ui/card';
import { Check, Copy, Download } from 'lucide-react';
import { toast } from 'sonner';

// props: name, files [{ path, text }]; once approved also directory and zip (base64).

const save = (blob, name) => {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.appendChild(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
};

const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

export default function ManifestFiles() {
  const files = props.files || [];
  const [chosen, setChosen] = useState(files.length ? files[0].path : '');
  const [copied, setCopied] = useState(false);
  const file = files.find((candidate) => candidate.path === chosen) || files[0];
  if (!file) return null;

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(file.text);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      toast.error('The browser does not allow copying here. Select the text instead.');
    }
  };

  const move = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = files[(files.indexOf(file) + step + files.length) % files.length];
    setChosen(next.path);
    event.currentTarget.querySelector(`[data-path="${next.path}"]`)?.focus();
  };

  return (
    <Card className="manifest-files">
      <div
        role="tablist"
        aria-label={`Files of ${props.name}`}
        className="manifest-tabs"
        onKeyDown={move}
      >
        {files.map(({ path }) => (
          <button
            key={path}
            type="button"
            role="tab"
            data-path={path}
            aria-selected={path === file.path}
            tabIndex={path === file.path ? 0 : -1}
            onClick={() => setChosen(path)}
          >
            {path}
          </button>
        ))}
      </div>
      <pre
        role="tabpanel"
        aria-label={file.path}
        tabIndex={0}
        className="manifest-text"
      >
        {file.text}
      </pre>
      <div className="manifest-buttons">
        <Button variant="outline" size="sm" onClick={copy}>
          {copied ? <Check /> : <Copy />}
          {copied ? 'Copied' : 'Copy'}
        </Button>
        <Button
          variant="outline"
          size="sm"
          onClick={() => save(new Blob([file.text], { type: 'application/yaml' }), file.path)}
        >
          <Download />
          {file.path}
        </Button>
        {props.zip ? (
          <Button
            size="sm"
            onClick={() => save(new Blob([bytes(props.zip)], { type: 'application/zip' }), `${props.name}.zip`)}
          >
            <Download />
            Download all (zip)
          </Button>
        ) : null}
      </div>
    </Card>
  );
}
